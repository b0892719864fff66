using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.SecondOrder.Tests.Samples;

public sealed partial class QuickStartTests
{
    [Fact]
    public void Generated_deliveries_are_learned_better_than_by_a_linear_model()
    {
        var (code, output, errors) = Sample.Run("QuickStart");

        Assert.True(code == 0, output + errors);
        Assert.Contains("bit for bit", output);
        Assert.True(Epoch().Count(output) >= 6, output);
        var (network, linear) = (Error(output, "neural network"), Error(output, "linear"));
        Assert.True(network < 0.6 * linear, output); // the noise alone makes an error of 0.96 minutes, the linear model one of about 3
    }

    [Fact]
    public void Taxi_fares_from_a_file_are_predicted_to_62_cents()
    {
        var (code, output, errors) = Sample.Run("QuickStart", "--data", Support.Requires.Data("taxi-fare-train.csv"));

        Assert.True(code == 0, output + errors);
        Assert.True(Error(output, "neural network") <= 0.62, output);
    }

    [Fact]
    public void A_missing_or_strange_file_is_named()
    {
        var strange = Path.GetTempFileName();
        try
        {
            var missing = Sample.Run("QuickStart", "--data", "no-such-file.csv");
            var other = Sample.Run("QuickStart", "--data", strange);

            Assert.Equal((1, 1), (missing.Code, other.Code));
            Assert.Contains("no-such-file.csv", missing.Errors);
            Assert.Contains("vendor_id", other.Errors);
        }
        finally
        {
            File.Delete(strange);
        }
    }

    [Fact]
    public void An_unknown_argument_shows_the_usage()
    {
        var (code, _, errors) = Sample.Run("QuickStart", "--dat");

        Assert.Equal(2, code);
        Assert.Contains("Usage", errors);
    }

    /// <summary>The mean absolute error in a row of the table.</summary>
    private static double Error(string output, string row) =>
        double.Parse(Regex.Match(output, $@"^{row}.*?\s[\d.]+\s+([\d.]+) (minutes|dollars)", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^  Epoch \d+/\d+: ", RegexOptions.Multiline)]
    private static partial Regex Epoch();
}
