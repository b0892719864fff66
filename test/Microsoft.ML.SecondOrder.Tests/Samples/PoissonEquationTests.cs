using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.SecondOrder.Tests.Samples;

public sealed class PoissonEquationTests
{
    [Fact]
    public void The_equation_is_solved_better_than_by_Adam_in_more_steps()
    {
        var (code, output, errors) = Sample.Run("PoissonEquation", "--steps", "60");

        Assert.True(code == 0, output + errors);
        var (kfac, adam) = (Error(output, "K-FAC"), Math.Min(Error(output, "Adam, rate 0.01"), Error(output, "Adam, rate 0.001")));
        Assert.True(kfac < 12 && kfac < 0.7 * adam, output);
    }

    [Fact]
    public void An_unknown_argument_shows_the_usage()
    {
        var (code, _, errors) = Sample.Run("PoissonEquation", "--steps", "none");

        Assert.Equal(2, code);
        Assert.Contains("Usage", errors);
    }

    /// <summary>The relative error in a row of the table, in percent.</summary>
    private static double Error(string output, string row) =>
        double.Parse(Regex.Match(output, $@"^{row}.*?([\d.]+) %", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
}
