using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class FeatureScalingTests
{
    [Fact]
    public void A_column_gets_mean_0_and_deviation_1()
    {
        var scaling = FeatureScaling.Fit(Rows([2], [4], [6]));

        Assert.Equal([-Math.Sqrt(1.5), 0, Math.Sqrt(1.5)], Applied(scaling, [2], [4], [6]).Select(v => (double)v[0]), Close);
    }

    [Fact]
    public void A_column_of_0_and_1_stays_as_it_is()
    {
        var scaling = FeatureScaling.Fit(Rows([0], [1], [0], [0]));

        Assert.Equal([0f, 1f, 7f], Applied(scaling, [0], [1], [7]).Select(v => v[0]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-3.5f)]
    public void A_constant_column_is_taken_out(float value)
    {
        var scaling = FeatureScaling.Fit(Rows([value], [value]));

        Assert.Equal([0f, 0f], Applied(scaling, [value], [value + 5]).Select(v => v[0]));
    }

    [Fact]
    public void Columns_do_not_mix()
    {
        var scaling = FeatureScaling.Fit(Rows([0, 10, 5], [1, 30, 5]));

        Assert.Equal([0f, -1, 0], Applied(scaling, [0, 10, 5])[0]);
    }

    [Fact]
    public void A_small_spread_on_a_large_mean_keeps_its_digits()
    {
        const float Base = 1_600_000_000;
        var scaling = FeatureScaling.Fit(Rows([Base], [Base + 128], [Base + 256]));

        Assert.Equal(-Math.Sqrt(1.5), Applied(scaling, [Base])[0][0], 1e-6);
    }

    [Fact]
    public void Values_at_the_edge_of_single_stay_finite()
    {
        var scaling = FeatureScaling.Fit(Rows([float.MaxValue], [float.MinValue]));

        Assert.Equal([1f, -1f], Applied(scaling, [float.MaxValue], [float.MinValue]).Select(v => v[0]));
    }

    [Fact]
    public void Missing_stays_missing_even_in_a_constant_column()
    {
        var scaling = FeatureScaling.Fit(Rows([1, 2], [1, 3]));

        Assert.All(Applied(scaling, [float.NaN, float.NaN])[0], v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void Robust_scaling_is_the_plain_one_where_nothing_is_absurd()
    {
        var rows = Rows([2, 0], [4, 1], [6, 1], [7, 0]);

        Assert.Equal(Applied(FeatureScaling.Fit(rows), [3, 1], [6, 0]), Applied(FeatureScaling.FitRobust(rows), [3, 1], [6, 0]));
    }

    [Fact]
    public void One_absurd_number_changes_nothing_for_the_others()
    {
        float[][] values = [.. Enumerable.Range(0, 101).Select(i => new float[] { i })];
        values[17][0] = 1e9f;
        var scaling = FeatureScaling.FitRobust(Rows(values));

        // Median 51 and quartiles 26 and 76 of 0..100 without 17 and with 1e9: a deviation of 50 / 1.349.
        Assert.Equal((80 - 51) / (50 / 1.34898), Applied(scaling, [80])[0][0], 1e-4);
        Assert.InRange(Applied(scaling, [1e9f])[0][0], 3, 70);
    }

    [Theory]
    [InlineData(2.5, 2.5)]
    [InlineData(3, 3)]
    [InlineData(-30, -9.907755)] // −3 (1 + ln 10)
    public void Far_values_are_drawn_in(float z, double expected) =>
        Assert.Equal(expected, Applied(new FeatureScaling([0], [1], 3), [z])[0][0], 1e-5);

    private static IEqualityComparer<double> Close { get; } = EqualityComparer<double>.Create((a, b) => Math.Abs(a - b) < 1e-6);

    private static FloatRows Rows(params float[][] rows)
    {
        var result = new FloatRows(rows[0].Length);
        foreach (var row in rows)
        {
            row.CopyTo(result.Add());
        }

        return result;
    }

    private static float[][] Applied(FeatureScaling scaling, params float[][] rows) => [.. rows.Select(r =>
    {
        var inputs = new float[r.Length];
        scaling.Apply(r, inputs);
        return inputs;
    })];
}
