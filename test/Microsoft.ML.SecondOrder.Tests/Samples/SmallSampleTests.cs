using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.SecondOrder.Tests.Samples;

/// <summary>The samples that print a few numbers: they run on what they generate, and on real files where there are such.</summary>
public sealed class SmallSampleTests
{
    [Theory]
    [InlineData("TaxiFare", @"^R² ([\d.]+)", 0.98, 1)]
    [InlineData("TaxiFare", @"^3\.75 miles in 19 minutes: ([\d.]+)", 11.5, 20)]
    [InlineData("BikeSharing", @"^Casual +R² ([\d.]+)", 0.9, 1)]
    [InlineData("BikeSharing", @"^Registered +R² ([\d.]+)", 0.9, 1)]
    [InlineData("BikeSharing", @"^Tuesday, 8:00 in July: .* (\d+) registered", 200, 600)]
    [InlineData("OptDigits", @"^defaults +accuracy ([\d.]+)", 0.93, 1)]
    [InlineData("OptDigits", @"^one layer, SINGD +accuracy ([\d.]+)", 0.9, 1)]
    [InlineData("Iris", @"mean ([\d.]+)", 0.9, 1)]
    [InlineData("Iris", @"^Petals of 1\.4 by 0\.2 cm: setosa, with probability ([\d.]+)", 0.9, 1)]
    [InlineData("SentimentText", @"^Accuracy ([\d.]+)", 0.9, 1)]
    [InlineData("SentimentText", @"^rude \(([\d.]+)\): Your edit is garbage", 0.5, 1)]
    [InlineData("SentimentText", @"^fine \(([\d.]+)\): I think your edit is helpful", 0, 0.5)]
    [InlineData("CustomNetwork", @"^K-FAC, epoch 60: .* accuracy ([\d.]+)", 0.95, 1)]
    [InlineData("CustomNetwork", @"^In a pipeline: test accuracy ([\d.]+)", 0.95, 1)]
    [InlineData("CheckpointAndResume", @"^Interrupted after epoch (\d+)", 5, 5)]
    [InlineData("CheckpointAndResume", @"^Resumed at epoch (\d+)", 6, 6)]
    [InlineData("CheckpointAndResume", @"^The same scores, bit for bit, for (\d+) rows", 500, 500)]
    public void Generated_data_are_learned(string sample, string pattern, double least, double most)
    {
        var number = Number(Output(sample), pattern);

        Assert.True(number >= least && number <= most, Output(sample));
    }

    [Fact]
    public void A_real_file_is_learned()
    {
        Assert.True(Number(Run("SentimentText", "--data", Support.Requires.Data("wikipedia-detox.tsv")), @"^Accuracy ([\d.]+)") > 0.6);
    }

    [Theory]
    [InlineData("TaxiFare")]
    [InlineData("Iris")]
    public void Mistakes_on_the_command_line_are_told(string sample)
    {
        var (usage, missing) = (Sample.Run(sample, "--dat"), Sample.Run(sample, "--data", "no-such-file"));

        Assert.Equal((2, 1), (usage.Code, missing.Code));
        Assert.Contains("Usage", usage.Errors);
        Assert.Contains("no-such-file", missing.Errors);
    }

    private static readonly Dictionary<string, string> _outputs = [];

    /// <summary>What a sample prints without arguments; it runs once for all that is asked of it.</summary>
    private static string Output(string sample)
    {
        lock (_outputs)
        {
            return _outputs.TryGetValue(sample, out var output) ? output : _outputs[sample] = Run(sample);
        }
    }

    private static string Run(string sample, params string[] arguments)
    {
        var (code, output, errors) = Sample.Run(sample, arguments);
        Assert.True(code == 0, output + errors);
        foreach (Match report in Regex.Matches(output, "^Report: (.*)$", RegexOptions.Multiline))
        {
            Assert.Contains("Taxi fares", File.ReadAllText(report.Groups[1].Value.Trim()));
            File.Delete(report.Groups[1].Value.Trim());
        }

        return output;
    }

    private static double Number(string output, string pattern)
    {
        var match = Regex.Match(output, pattern, RegexOptions.Multiline);
        Assert.True(match.Success, $"Nothing matches {pattern} in:\n{output}");
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
