using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class TargetScalingTests
{
    [Fact]
    public void Mean_and_deviation_of_three_labels()
    {
        var scaling = TargetScaling.Fit([1, 2, 6], []);

        Assert.Equal(3, scaling.Offset, 1e-12);
        Assert.Equal(Math.Sqrt(14 / 3.0), scaling.Scale, 1e-12);
    }

    [Fact]
    public void A_weight_counts_like_repeated_rows()
    {
        var weighted = TargetScaling.Fit([1, 5, -2], [3, 1, 2]);
        var repeated = TargetScaling.Fit([1, 1, 1, 5, -2, -2], []);

        Assert.Equal(repeated.Offset, weighted.Offset, 1e-12);
        Assert.Equal(repeated.Scale, weighted.Scale, 1e-12);
    }

    [Fact]
    public void A_constant_label_keeps_its_unit()
    {
        var scaling = TargetScaling.Fit([4, 4], []);

        Assert.Equal(new TargetScaling(4, 1), scaling);
    }

    [Fact]
    public void Robust_scaling_is_by_median_and_quartiles()
    {
        float[] labels = [.. Enumerable.Range(0, 101).Select(i => (float)i)];
        labels[100] = 1e12f;

        var scaling = TargetScaling.FitRobust(labels, []);

        Assert.Equal(50, scaling.Offset);
        Assert.Equal(50 / 1.34898, scaling.Scale, 1e-4);
    }

    [Fact]
    public void Labels_that_are_mostly_near_zero_are_scaled_by_the_others()
    {
        float[] labels = [.. Enumerable.Range(0, 100).Select(i => i < 80 ? 0.001f * i : 100)];

        Assert.Equal(100 / 3.28971, TargetScaling.FitRobust(labels, []).Scale, 0.01);
    }

    [Fact]
    public void Robust_weight_counts_like_repeated_rows() =>
        Assert.Equal(TargetScaling.FitRobust([1, 1, 1, 5, -2, -2], []), TargetScaling.FitRobust([1, 5, -2], [3, 1, 2]));

    [Fact]
    public void Robust_scaling_of_labels_that_are_mostly_equal_is_by_deviation()
    {
        float[] labels = [.. Enumerable.Repeat(0f, 99), 10];

        Assert.Equal(TargetScaling.Fit(labels, []).Scale, TargetScaling.FitRobust(labels, []).Scale);
    }

    [Fact]
    public void A_score_is_the_inverse_of_a_target()
    {
        var scaling = TargetScaling.Fit([1000, 2000, 9000], []);

        Assert.Equal(1234, scaling.ToScore(scaling.ToTarget(1234)), 0.01);
    }
}
