using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Where a training stands, but for the numbers of its network and its optimizer.</summary>
internal sealed record LoopState
{
    /// <summary>Of the order of rows and of what is drawn from them.</summary>
    public required long Seed { get; init; }

    /// <summary>Of the optimizer's draws.</summary>
    public required long OptimizerSeed { get; init; }

    /// <summary>The running epoch, from 1.</summary>
    public int Epoch { get; init; } = 1;

    /// <summary>Its next batch, from 0.</summary>
    public int Batch { get; init; }

    /// <summary>The next step, from 0, those undone counted.</summary>
    public long Step { get; init; }

    /// <summary>Time used when this was so.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Sum over the epoch's rows of their loss.</summary>
    public double LossSum { get; init; }

    /// <summary>Sum over the epoch's rows of <see cref="LearningTask.Figure"/>.</summary>
    public double FigureSum { get; init; }

    /// <summary>Rows of the epoch that count in the sums.</summary>
    public long Rows { get; init; }

    public Recovery Recovery { get; init; } = new();

    /// <summary>What the evidence has chosen so far; null for nothing.</summary>
    public HyperParameters? HyperParameters { get; init; }

    /// <summary>How images are changed now, where that is learned; else null.</summary>
    public ImageAugmentation? Augmentation { get; init; }

    /// <summary>The weights of highest evidence, as of the last save; null where they are not kept.</summary>
    public BestLookState? BestLook { get; init; }

    /// <summary>The epoch with the lowest validation loss, from 1; 0 for none.</summary>
    public int BestEpoch { get; init; }

    public double BestLoss { get; init; } = double.PositiveInfinity;

    /// <summary>The validation loss that the next has to undercut for patience to last.</summary>
    public double StoppingLoss { get; init; } = double.PositiveInfinity;

    /// <summary>Epochs since it did.</summary>
    public int Stale { get; init; }

    /// <summary>What was reported after each epoch.</summary>
    public ImmutableList<EpochMetrics> History { get; init; } = [];
}
