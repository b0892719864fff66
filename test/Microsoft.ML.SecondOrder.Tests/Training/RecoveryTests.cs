using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class RecoveryTests
{
    public static TheoryData<string> Methods => ["kfac", "ekfac", "foof", "singd"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_step_from_weights_that_are_not_finite_is_undone(string method) => Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        var plan = TrainingPlanTests.Plan(12, 3, 4) with { Optimizer = Options(method) };
        using var network = plan.Network.Create(new(2, 1), new Random(1));
        using var optimizer = new SecondOrderOptimizer(network, plan.Optimizer, 1, normConstraint: 1e-3);
        using var batches = new Batches(plan, new MemoryRows(Rows(), 1), LearningTask.Of(NetworkTask.Regression), CPU);
        using var step = new TrainingStep(plan, LearningTask.Of(NetworkTask.Regression), batches, network, optimizer, [TargetScaling.None]);
        batches.Begin(1, 0);
        batches.Read(0);
        Assert.False(step.Undo(0, default, new Recovery()));
        var before = Numbers(network);
        Assert.Null(step.Run(0, default, new Recovery()).Failure);

        using (no_grad())
        {
            network.parameters().First().fill_(double.NaN);
        }

        var failure = step.Run(1, default, new Recovery()).Failure;

        Assert.StartsWith("the loss of batch 2 of 3 in epoch 1 of 4 is NaN", failure);
        var recovery = new Recovery().AfterFailure();
        Assert.True(step.Undo(1, default, recovery));
        Assert.Equal(before, Numbers(network));
        Assert.Equal(10, optimizer.DampingFactor);
        Assert.Null(step.Run(2, default, recovery).Failure);
        Assert.True(step.IsSound());
    });

    [Fact]
    public void Changes_fade_with_good_steps_and_failures_are_forgotten_in_calm()
    {
        var recovery = new Recovery().AfterFailure().AfterFailure();
        Assert.Equal((100, 0.25, 2, 2), (recovery.Damping, recovery.Rate, recovery.Failures, recovery.Undone));

        for (var i = 0; i < 500; i++)
        {
            recovery = recovery.AfterSuccess();
        }

        Assert.Equal(1, recovery.Damping, 1e-3);
        Assert.Equal(1, recovery.Rate, 1e-3);
        Assert.Equal((0, 2), (recovery.Failures, recovery.Undone));
    }

    // A decay of 3 times the weights at a rate of 1 turns their sign and doubles them, step by step.
    [Fact]
    public void A_training_that_would_diverge_recovers()
    {
        var ml = new MLContext(seed: 1);
        var warnings = new List<string>();
        ml.Log += (_, e) => warnings.Add(e.RawMessage);

        var model = TrainingControlTests.Trainer(ml, o =>
        {
            o.WeightDecay = 1e6;
            o.LearningRate = 1e3;
            o.MaximumNumberOfEpochs = 30;
        });

        try
        {
            var network = model.Fit(Catalog.Examples.View(ml)).Model;
            Assert.All(network.Weights, w => Assert.All(w.Values, v => Assert.True(float.IsFinite(v))));
            Assert.Equal(network.Summary.UndoneSteps, network.History[^1].UndoneSteps);
        }
        catch (InvalidOperationException diverged)
        {
            Assert.StartsWith("The training diverged", diverged.Message);
            Assert.Contains(warnings, w => w.Contains("was undone", StringComparison.Ordinal));
        }
    }

    private static PreconditionerOptions Options(string method) => method switch
    {
        "kfac" => new KfacOptions { Damping = 0.1, Fisher = FisherKind.Exact },
        "ekfac" => new EkfacOptions { Damping = 0.1 },
        "foof" => new FoofOptions { Damping = 0.1 },
        _ => new SingdOptions { Damping = 0.1 },
    };

    internal static TrainingRows Rows()
    {
        var features = new FloatRows(2);
        for (var i = 0; i < 12; i++)
        {
            new[] { MathF.Sin(i), MathF.Cos(2 * i) }.CopyTo(features.Add());
        }

        return new TrainingRows(features, [.. Enumerable.Range(0, 12).Select(i => MathF.Sin(i))], []);
    }

    private static float[] Numbers(nn.Module network) => [.. Microsoft.ML.SecondOrder.Networks.ModuleWeights.Read(network).SelectMany(w => w.Values)];
}
