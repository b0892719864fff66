using Microsoft.ML.SecondOrder.Reporting;

namespace Microsoft.ML.SecondOrder.Tests.Reporting;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0.13, 0.94, 0, 1)]
    [InlineData(-7.2, 3.9, -8, 4)]
    [InlineData(5, 5, 2, 8)]
    [InlineData(0, 0, -1, 1)]
    [InlineData(1e300, 1.1e300, 1e300, 1.1e300)]
    public void Ends_are_round_and_hold_the_values(double least, double most, double from, double to)
    {
        var axis = Axis.Around([least, most, double.NaN, double.PositiveInfinity]);

        Assert.Equal(from, axis.Least, 1e-9 * Math.Abs(from) + 1e-12);
        Assert.Equal(to, axis.Most, 1e-9 * Math.Abs(to) + 1e-12);
        Assert.InRange(axis.Ticks().Count, 2, 9);
    }

    [Fact]
    public void Values_far_apart_are_shown_by_their_ratios()
    {
        var axis = Axis.Around([0.02, 5], mayBeLogarithmic: true);

        Assert.Equal([0.01, 0.1, 1, 10], axis.Ticks(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0.5, axis.Place(Math.Sqrt(0.01 * 10)), 1e-12);
        Assert.False(Axis.Around([0, 5], mayBeLogarithmic: true).IsLogarithmic);
    }

    [Fact]
    public void Without_values_there_still_is_an_axis() => Assert.Equal(new Axis(0, 1), Axis.Around([double.NaN]));
}
