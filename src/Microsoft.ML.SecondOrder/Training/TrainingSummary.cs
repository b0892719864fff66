namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How a network came about. Saved with the model.</summary>
public sealed record TrainingSummary
{
    /// <summary>Rows used for training.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows left out because features, label or weight were missing.</summary>
    public required long SkippedRows { get; init; }

    /// <summary>Passes over the rows.</summary>
    public required int Epochs { get; init; }

    /// <summary>Updates of the weights.</summary>
    public required long Steps { get; init; }

    /// <summary>Rows of the largest batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Learning rate before warm-up and decay.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Weight decay.</summary>
    public required double WeightDecay { get; init; }

    /// <summary>Mean loss of the last epoch; see <see cref="EpochMetrics.TrainingLoss"/>.</summary>
    public required double TrainingLoss { get; init; }

    /// <summary>What the optimizer says about itself: method, layers, parameters.</summary>
    public required string Optimizer { get; init; }
}
