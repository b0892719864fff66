using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>All that a training does, once the data is known. See <see cref="TrainingDefaults"/> for the rules.</summary>
internal sealed record TrainingPlan
{
    public required Network Network { get; init; }

    public required PreconditionerOptions Optimizer { get; init; }

    public required int Rows { get; init; }

    public required int Epochs { get; init; }

    /// <summary>Batches of an epoch; their sizes differ by one row at most.</summary>
    public required int Batches { get; init; }

    public required double LearningRate { get; init; }

    public required Regularization Regularization { get; init; }

    /// <summary>How the decay changes while it trains; null for a constant one.</summary>
    public DecaySchedule? Decay { get; init; }

    /// <summary>Decay by the optimizer; 0 where the evidence regularises.</summary>
    public double WeightDecay => Regularization is WeightDecayRegularization decay ? decay.Rate : 0;

    /// <summary>Upper limit of a decay that the evidence chooses. Default 1, at which a step takes the weights back by all of its length.</summary>
    public double MostDecay { get; init; } = 1;

    /// <summary>Threads for libtorch on the CPU; null leaves them as they are set.</summary>
    public required int? Threads { get; init; }

    /// <summary>Updates after which the training ends; null for those of all epochs.</summary>
    public long? MaximumSteps { get; init; }

    /// <summary>Time after which the training ends, from its beginning; null for none.</summary>
    public TimeSpan? MaximumTime { get; init; }

    /// <summary>Rows that are propagated at once; null for whole batches.</summary>
    public int? MicroBatchSize { get; init; }

    public TrainingSchedule LearningRateSchedule { get; init; } = TrainingSchedule.Cosine();

    public TrainingSchedule DampingSchedule { get; init; } = TrainingSchedule.Constant();

    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>κ, which bounds the length of each step; null for no bound.</summary>
    public required double? NormConstraint { get; init; }

    /// <summary>Of the heavy ball.</summary>
    public required double Momentum { get; init; }

    /// <summary>AdamW's learning rate for parameters without a layer rule.</summary>
    public required double FallbackRate { get; init; }

    /// <summary>All layers, with the plan's method.</summary>
    public LayerGroup Group => new(Optimizer)
    {
        LearningRate = LearningRate,
        Momentum = Momentum,
        WeightDecay = WeightDecay,
        DecayBiases = false,
    };

    public long Steps => Math.Min((long)Epochs * Batches, MaximumSteps ?? long.MaxValue);

    public int BatchSize => (Rows + Batches - 1) / Batches;

    /// <summary>Makes the optimizer of a network.</summary>
    /// <param name="network">On its device.</param>
    /// <param name="seed">Of the draws for the curvature.</param>
    public SecondOrderOptimizer NewOptimizer(nn.Module network, long seed) =>
        new(network, [Group], NormConstraint, new LayerGroup(new AdamWOptions()) { LearningRate = FallbackRate }) { Seed = seed };

    /// <summary>First row of a batch, in the epoch's order; the batch before it ends there.</summary>
    public int Start(int batch) => (int)((long)Rows * batch / Batches);

    /// <summary>Share of the training that is done before a step: of its steps, or of its time where that is further.</summary>
    public double Progress(long step, TimeSpan elapsed) =>
        Math.Min(1, Math.Max((double)step / Steps, MaximumTime is { } limit ? elapsed / limit : 0));

    /// <summary>The factor that a schedule gives a step.</summary>
    public double Factor(TrainingSchedule schedule, long step, TimeSpan elapsed)
    {
        var progress = Progress(step, elapsed);
        return schedule.At(progress, progress + 1.0 / Steps);
    }
}
