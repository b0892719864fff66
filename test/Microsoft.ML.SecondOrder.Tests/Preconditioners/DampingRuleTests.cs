using Microsoft.ML.SecondOrder.Preconditioners;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class DampingRuleTests
{
    private static readonly DampingRule _rule = new() { Factor = 0.5, Minimum = 0.03, Maximum = 0.3 };

    [Theory]
    [InlineData(0.9, 0.05)] // as promised: less damping
    [InlineData(0.95, 0.1)] // half of it: as before
    [InlineData(0.99, 0.2)] // a tenth of it: more
    [InlineData(1.5, 0.2)] // worse than before
    [InlineData(double.NaN, 0.2)]
    [InlineData(double.PositiveInfinity, 0.2)]
    public void Damping_follows_how_well_the_promise_was_kept(double after, double expected) =>
        Assert.Equal(expected, _rule.Next(0.1, 1, after, -0.1), 1e-12);

    [Theory]
    [InlineData(0.04, 0.9, 0.03)]
    [InlineData(0.2, 1.5, 0.3)]
    public void Damping_stays_within_its_bounds(double damping, double after, double expected) =>
        Assert.Equal(expected, _rule.Next(damping, 1, after, -0.1), 1e-12);

    [Fact]
    public void Impossible_rule_is_refused() => Assert.Contains(
        "Factor", Assert.Throws<ArgumentException>(() => (_rule with { Factor = 1 }).Next(0.1, 1, 0.9, -0.1)).Message);
}
