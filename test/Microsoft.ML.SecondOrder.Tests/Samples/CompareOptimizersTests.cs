using System.Text.RegularExpressions;

namespace Microsoft.ML.SecondOrder.Tests.Samples;

public sealed class CompareOptimizersTests
{
    [Fact]
    public void Every_method_lowers_the_loss_and_is_drawn()
    {
        var page = Path.GetTempFileName();
        try
        {
            var (code, output, errors) = Sample.Run("CompareOptimizers", page, "--steps", "30");

            Assert.True(code == 0, output + errors);
            var lines = Regex.Matches(output, @"^(\S+) +loss ([\d.]+) to ([\d.]+) in", RegexOptions.Multiline);
            Assert.Equal(20, lines.Count);
            Assert.All(lines, l => Assert.True(double.Parse(l.Groups[3].Value) < double.Parse(l.Groups[2].Value), l.Value));
            Assert.Equal(40, Regex.Count(File.ReadAllText(page), "<path "));
        }
        finally
        {
            File.Delete(page);
        }
    }

    [Fact]
    public void A_wrong_command_line_shows_the_usage() => Assert.Equal(2, Sample.Run("CompareOptimizers", "page.html", "--steps", "none").Code);
}
