using Microsoft.ML.SecondOrder.Benchmarks.Stress;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Small versions of <c>./build.sh bench stress</c>.</summary>
public sealed class StressTests
{
    [Fact]
    public void Bad_data_ends_in_a_finite_model_or_a_clear_error()
    {
        Assert.True(BadData.Kinds.Count >= 40);
        Assert.All(StressTask.All, task => Assert.All(BadData.Kinds.Keys, kind => Assert.NotNull(BadData.Outcome(task, kind))));
    }

    [Fact]
    public void Options_at_random_end_in_a_finite_model_or_a_clear_error() =>
        Assert.All(Enumerable.Range(1000, 24), number => Assert.NotNull(RandomOptions.Outcome(number)));
}
