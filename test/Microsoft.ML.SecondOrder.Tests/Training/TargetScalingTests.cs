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
    public void A_score_is_the_inverse_of_a_target()
    {
        var scaling = TargetScaling.Fit([1000, 2000, 9000], []);

        Assert.Equal(1234, scaling.ToScore(scaling.ToTarget(1234)), 0.01);
    }
}
