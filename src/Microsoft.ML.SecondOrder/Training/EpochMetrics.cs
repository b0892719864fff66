namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What is known after one pass over the training rows; handed to <c>Options.MetricsCallback</c>.</summary>
public sealed record EpochMetrics
{
    /// <summary>The epoch that has just ended, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of epochs of this training.</summary>
    public required int MaximumNumberOfEpochs { get; init; }

    /// <summary>
    /// Mean loss over the epoch's rows, each taken before the step that used it: half the squared error of the
    /// standardised label for regression (its sum over the targets of a vector), cross-entropy in nats for classes.
    /// </summary>
    public required double TrainingLoss { get; init; }

    /// <summary>
    /// Regression: root mean squared error over the epoch's rows, in the label's unit; over all targets, each in its own unit,
    /// where the label is a vector. Otherwise null.
    /// </summary>
    public double? RootMeanSquaredError { get; init; }

    /// <summary>Classification: fraction of the epoch's rows predicted right, 0 to 1. Otherwise null.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The learning rate at the end of the epoch, after warm-up and decay.</summary>
    public required double LearningRate { get; init; }
}
