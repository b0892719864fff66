namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How a network came about. Saved with the model.</summary>
public sealed record TrainingSummary
{
    /// <summary>Rows used for training.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows left out because features, label or weight were missing.</summary>
    public required long SkippedRows { get; init; }

    /// <summary>Rows with missing features that were filled; see <c>Options.MissingFeatures</c>.</summary>
    public long FilledRows { get; init; }

    /// <summary>Rows that validation losses were measured with; 0 for none.</summary>
    public long ValidationRows { get; init; }

    /// <summary>Why the training ended.</summary>
    public TrainingStop StoppedBy { get; init; }

    /// <summary>The epoch whose weights these are, the one with the lowest validation loss, from 1; 0 for the last step's.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Mean loss over the validation rows, of the best epoch; null for none.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Steps that were undone because numbers were no longer finite.</summary>
    public int UndoneSteps { get; init; }

    /// <summary>Passes over the rows, a last one that was not finished included.</summary>
    public required int Epochs { get; init; }

    /// <summary>Updates of the weights, those undone included.</summary>
    public required long Steps { get; init; }

    /// <summary>Rows of the largest batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Learning rate before warm-up and decay.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Weight decay.</summary>
    public required double WeightDecay { get; init; }

    /// <summary>How images were changed while they were learned from, at the end where the strengths were learned; null where they were not.</summary>
    public ImageAugmentation? Augmentation { get; init; }

    /// <summary>Mean loss of the last epoch; see <see cref="EpochMetrics.TrainingLoss"/>.</summary>
    public required double TrainingLoss { get; init; }

    /// <summary>What the optimizer says about itself: method, layers, parameters.</summary>
    public required string Optimizer { get; init; }
}
