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

        Assert.Equal(0.5, Rate(plan, 0), 1e-12);
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI / 40)), Rate(plan, 1), 1e-12);
        Assert.Equal(0.5, Rate(plan, 20), 1e-12);
        Assert.InRange(Rate(plan, 39), 0, 0.01);
    }

    [Fact]
    public void A_single_update_has_the_full_rate() => Assert.Equal(1, Rate(Plan(5, 1, 1), 0), 1e-12);

    [Fact]
    public void A_limit_of_time_moves_the_schedule_on_where_steps_are_behind()
    {
        var plan = Plan(100, 4, 10) with { MaximumTime = TimeSpan.FromSeconds(100) };

        Assert.Equal(0.75, plan.Progress(4, TimeSpan.FromSeconds(75)), 1e-12);
        Assert.Equal(0.5, plan.Progress(20, TimeSpan.FromSeconds(10)), 1e-12);
        Assert.Equal(1, plan.Progress(0, TimeSpan.FromSeconds(500)), 1e-12);
    }

    [Fact]
    public void A_limit_of_steps_shortens_the_schedule()
    {
        var plan = Plan(100, 4, 10) with { MaximumSteps = 10 };

        Assert.Equal(10, plan.Steps);
        Assert.InRange(Rate(plan, 9), 0, 0.1);
    }

    private static double Rate(TrainingPlan plan, long step) => plan.Factor(plan.LearningRateSchedule, step, TimeSpan.Zero);

    internal static TrainingPlan Plan(int rows, int batches, int epochs) => new()
    {
        Network = Network.Mlp(4),
        Optimizer = new SingdOptions(),
        Rows = rows,
        Epochs = epochs,
        Batches = batches,
        LearningRate = 1,
        NormConstraint = null,
        Momentum = 0.9,
        FallbackRate = 0.01,
        Regularization = Regularization.None,
        Threads = null,
    };
}
