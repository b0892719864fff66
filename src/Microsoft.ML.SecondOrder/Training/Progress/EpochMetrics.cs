namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What is known after one pass over the training rows; handed to <c>Options.MetricsCallback</c>.</summary>
public sealed record EpochMetrics
{
    /// <summary>The epoch that has just ended, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of epochs of this training.</summary>
    public required int MaximumNumberOfEpochs { get; init; }

    /// <summary>Updates of the weights so far.</summary>
    public long Steps { get; init; }

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

    /// <summary>Mean loss over the validation rows after the epoch; null without validation rows.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Regression: root mean squared error over the validation rows, in the label's unit. Otherwise null.</summary>
    public double? ValidationRootMeanSquaredError { get; init; }

    /// <summary>Classification: fraction of the validation rows predicted right, 0 to 1. Otherwise null.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Whether no epoch before had a lower validation loss. False without validation rows.</summary>
    public bool IsBest { get; init; }

    /// <summary>The learning rate at the end of the epoch, after warm-up and decay.</summary>
    public required double LearningRate { get; init; }

    /// <summary>What the damping of the method was multiplied by at the end of the epoch: schedule and recoveries.</summary>
    public double DampingFactor { get; init; } = 1;

    /// <summary>The layers that a second-order method trains, from the input on.</summary>
    public IReadOnlyList<LayerMetrics> Layers { get; init; } = [];

    /// <summary>Time since the training began, reading of the data included; of all processes where it was resumed.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What is left by the speed so far, at most what <c>Options.MaximumTrainingTime</c> leaves.</summary>
    public TimeSpan TimeLeft { get; init; }

    /// <summary>Rows per second in this epoch.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>The logarithm of the evidence when prior and noise were last chosen by it; null where they are not.</summary>
    public double? LogEvidence { get; init; }

    /// <summary>How many of the weights the data determined then; null where the evidence does not regularise.</summary>
    public double? EffectiveParameters { get; init; }

    /// <summary>
    /// The precision of the weights' prior chosen then, a geometric mean over those that have one of their own; null where the evidence does not regularise, or chooses
    /// <see cref="WeightDecay"/>.
    /// </summary>
    public double? PriorPrecision { get; init; }

    /// <summary>The rate at which the weights of layers decayed at the end of the epoch; 0 where a prior pulls them instead.</summary>
    public double WeightDecay { get; init; }

    /// <summary>How images are changed from the end of the epoch on, where the strengths are learned; null where they are not.</summary>
    public ImageAugmentation? Augmentation { get; init; }

    /// <summary>Steps so far that were undone because the loss was no longer a finite number.</summary>
    public int UndoneSteps { get; init; }
}
