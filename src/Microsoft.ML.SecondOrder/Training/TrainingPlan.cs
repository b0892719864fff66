using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>All that a training does, once the data is known. See <see cref="TrainingDefaults"/> for the rules.</summary>
internal sealed record TrainingPlan
{
    /// <summary>Share of the updates over which the learning rate rises from 0.</summary>
    private const double WarmUp = 0.05;

    public required Network Network { get; init; }

    public required PreconditionerOptions Optimizer { get; init; }

    public required int Rows { get; init; }

    public required int Epochs { get; init; }

    /// <summary>Batches of an epoch; their sizes differ by one row at most.</summary>
    public required int Batches { get; init; }

    public required double LearningRate { get; init; }

    public required double WeightDecay { get; init; }

    /// <summary>Threads for libtorch on the CPU; null leaves them as they are set.</summary>
    public required int? Threads { get; init; }

    public long Steps => (long)Epochs * Batches;

    public int BatchSize => (Rows + Batches - 1) / Batches;

    /// <summary>First row of a batch, in the epoch's order; the batch before it ends there.</summary>
    public int Start(int batch) => (int)((long)Rows * batch / Batches);

    /// <summary>Factor of the learning rate: linear warm-up times a cosine to zero.</summary>
    public double Schedule(long step) =>
        Math.Min(1, (step + 1) / (WarmUp * Steps)) * 0.5 * (1 + Math.Cos(Math.PI * step / Steps));
}
