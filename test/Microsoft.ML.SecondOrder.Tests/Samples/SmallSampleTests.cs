using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using StbImageWriteSharp;

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
    [InlineData("TextClassification", @"^transformer +accuracy ([\d.]+)", 0.95, 1)]
    [InlineData("TextClassification", @"^word counts +accuracy ([\d.]+)", 0.3, 0.65)]
    [InlineData("TextClassification", @"^blame \(([\d.]+)\): ""The music is dull", 0.8, 1)]
    [InlineData("TextClassification", @"\(([\d.]+)\): """"$", 0, 1)]
    [InlineData("GraphNodes", @"^with neighbours: accuracy ([\d.]+)", 0.7, 1)]
    [InlineData("GraphNodes", @"^each node alone: accuracy ([\d.]+)", 0.3, 0.55)]
    [InlineData("OnnxExport", @"^largest difference of a probability ([\d.E+-]+)", 0, 1e-5)]
    [InlineData("OnnxExport", @"^accuracy ([\d.]+)", 0.85, 1)]
    [InlineData("AutoML", @"on other rows .*R² ([\d.]+)", 0.95, 1)]
    [InlineData("AutoML", @"after 28 days: ([\d.]+) MPa", 50, 75)]
    [InlineData("ModelSelection", @"^each row left out .* ([\d.]+) +[\d.]+\r?$", 5, 60)]
    [InlineData("ModelSelection", @"^ten folds .* ([\d.]+) +[\d.]+\r?$", 5, 60)]
    [InlineData("TransferLearning", @"from scratch: accuracy ([\d.]+)", 0.4, 0.7)]
    [InlineData("TransferLearning", @"transferred: accuracy ([\d.]+)", 0.7, 1)]
    public void Generated_data_are_learned(string sample, string pattern, double least, double most)
    {
        var number = Number(Output(sample), pattern);

        Assert.True(number >= least && number <= most, Output(sample));
    }

    [Fact]
    public void Pictures_are_learned_and_the_mistakes_drawn_where_one_says()
    {
        using var folder = new Support.TemporaryFolder();
        var sheet = folder.File("sheet.png");

        var output = Run("ImageClassification", "--sheet", sheet);

        Assert.True(Number(output, @"^accuracy ([\d.]+)") >= 0.95, output);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(sheet).Take(4));
    }

    [Fact]
    public void A_folder_of_pictures_is_learned_and_a_broken_one_named()
    {
        using var folder = new Support.TemporaryFolder();
        WriteDigits(folder, 600);

        var output = Run("ImageClassification", "--folder", folder.File("digits"), "28", "--sheet", folder.File("sheet.png"));
        File.WriteAllText(folder.File("digits/7/broken.png"), "no picture");
        var (code, _, errors) = Sample.Run("ImageClassification", "--folder", folder.File("digits"), "28");

        Assert.True(Number(output, @"^accuracy ([\d.]+)") >= 0.8, output);
        Assert.Equal(1, code);
        Assert.Contains("broken.png", errors);
    }

    /// <summary>The first digits of MNIST as PNG and JPEG files, in a folder for each digit.</summary>
    private static void WriteDigits(Support.TemporaryFolder folder, int count)
    {
        var (images, labels) = (Unpacked("mnist-t10k-images-idx3-ubyte.gz"), Unpacked("mnist-t10k-labels-idx1-ubyte.gz"));
        for (var i = 0; i < count; i++)
        {
            var place = Directory.CreateDirectory(folder.File($"digits/{labels[8 + i]}")).FullName;
            using var file = File.Create(Path.Combine(place, $"{i}.{(i % 2 == 0 ? "png" : "jpg")}"));
            var pixels = images.AsSpan(16 + 784 * i, 784).ToArray();
            if (i % 2 == 0)
            {
                new ImageWriter().WritePng(pixels, 28, 28, ColorComponents.Grey, file);
            }
            else
            {
                new ImageWriter().WriteJpg(pixels, 28, 28, ColorComponents.Grey, file, 90);
            }
        }
    }

    private static byte[] Unpacked(string name)
    {
        using var file = new GZipStream(File.OpenRead(Support.Requires.Data(name)), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        return memory.ToArray();
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
            Assert.Contains(sample == "TaxiFare" ? "Taxi fares" : "Bikes in an hour", File.ReadAllText(report.Groups[1].Value.Trim()));
            File.Delete(report.Groups[1].Value.Trim());
        }

        foreach (Match model in Regex.Matches(output, "^model: (.*)$", RegexOptions.Multiline))
        {
            Directory.GetParent(model.Groups[1].Value.Trim())!.Delete(recursive: true);
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
