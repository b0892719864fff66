using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class TrainingPlanTests
{
    [Theory]
    [InlineData(10, 3)]
    [InlineData(100, 7)]
    [InlineData(5, 5)]
    [InlineData(1, 1)]
    public void Batches_share_the_rows_evenly(int rows, int batches)
    {
        var plan = Plan(rows, batches, 1);

        var sizes = Enumerable.Range(0, batches).Select(b => plan.Start(b + 1) - plan.Start(b)).ToList();

        Assert.Equal(rows, sizes.Sum());
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
        Assert.Equal(plan.BatchSize, sizes.Max());
    }

    // 40 updates: warm-up over 2, so that the first factor is 1/2 of the cosine's 1.
    [Fact]
    public void The_rate_warms_up_and_falls_to_zero()
    {
        var plan = Plan(100, 4, 10);

        Assert.Equal(0.5, plan.Schedule(0), 1e-12);
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI / 40)), plan.Schedule(1), 1e-12);
        Assert.Equal(0.5, plan.Schedule(20), 1e-12);
        Assert.InRange(plan.Schedule(39), 0, 0.01);
    }

    [Fact]
    public void A_single_update_has_the_full_rate() => Assert.Equal(1, Plan(5, 1, 1).Schedule(0), 1e-12);

    internal static TrainingPlan Plan(int rows, int batches, int epochs) => new()
    {
        Network = Network.Mlp(4),
        Optimizer = new SingdOptions(),
        Rows = rows,
        Epochs = epochs,
        Batches = batches,
        LearningRate = 1,
        WeightDecay = 0,
        Threads = null,
    };
}
