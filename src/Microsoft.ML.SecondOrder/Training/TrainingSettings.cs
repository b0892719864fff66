using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a user asks of a training; null means that the data decides.</summary>
internal sealed record TrainingSettings
{
    private const double DefaultFraction = 0.1;

    public required NetworkTask Task { get; init; }

    public required ColumnRoles Columns { get; init; }

    public Network? Network { get; init; }

    /// <summary>Weights to begin with; null for random ones.</summary>
    public InitialWeights? InitialWeights { get; init; }

    /// <summary>Which parameters are not trained: names, or the modules that hold them, or beginnings with a * after them.</summary>
    public ImmutableArray<string> FrozenParameters { get; init; } = [];

    public PreconditionerOptions? Optimizer { get; init; }

    public RegressionLoss RegressionLoss { get; init; }

    /// <summary>Whether features are scaled by median and quartiles and far values drawn in.</summary>
    public bool RobustFeatures { get; init; }

    /// <summary>Share of the labels that prediction intervals are to cover; null for no intervals.</summary>
    public double? Interval { get; init; }

    /// <summary>Whether the deviations of noise and model are told apart.</summary>
    public bool SeparatesNoise { get; init; }

    /// <summary>Whether rows far from those of the training are told.</summary>
    public bool OutOfDistributionScore { get; init; }

    /// <summary>How class probabilities take account of the weights' uncertainty.</summary>
    public ClassPredictive Predictive { get; init; }

    /// <summary>Which weights' uncertainty that is.</summary>
    public UncertainLayers UncertainLayers { get; init; }

    /// <summary>Whether the posterior of the weights is asked for.</summary>
    public bool NeedsPosterior => Interval is not null || OutOfDistributionScore || Predictive != ClassPredictive.PlugIn;

    /// <summary>What is done for probabilities to come true; null for what the data suggests.</summary>
    public ProbabilityCalibration? Calibration { get; init; }

    public int? Epochs { get; init; }

    public int? BatchSize { get; init; }

    public double? LearningRate { get; init; }

    public Regularization? Regularization { get; init; }

    public int? Threads { get; init; }

    public long? Steps { get; init; }

    public TimeSpan? Time { get; init; }

    public int? MicroBatchSize { get; init; }

    public TrainingSchedule? LearningRateSchedule { get; init; }

    public TrainingSchedule? DampingSchedule { get; init; }

    /// <summary>Rows to measure with, where a fit is given none.</summary>
    public IDataView? ValidationSet { get; init; }

    /// <summary>Share of the rows that is held back to measure with, where there are no others.</summary>
    public double? ValidationFraction { get; init; }

    public EarlyStopping? EarlyStopping { get; init; }

    public CancellationBehavior OnCancellation { get; init; }

    public MissingFeatures MissingFeatures { get; init; }

    /// <summary>How images are changed while they are learned from; null for not at all.</summary>
    public ImageAugmentation? Augmentation { get; init; }

    public ClassWeights? ClassWeights { get; init; }

    /// <summary>Bytes that rows may take; null for half of the memory.</summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Where the training is saved to go on after an interruption; null for nowhere.</summary>
    public CheckpointSettings? Checkpoints { get; init; }

    /// <summary>Changes settings while the training runs; null for nothing.</summary>
    public ITrainingTuner? Tuner { get; init; }

    /// <summary>Share of the rows that is held back: a tenth where early stopping needs some and none are given.</summary>
    public double HeldBack => ValidationFraction ?? (EarlyStopping is null ? 0 : DefaultFraction);

    /// <summary>Changes the plan: a benchmark's switch.</summary>
    public Func<TrainingPlan, TrainingPlan>? Changes { get; init; }

    public Action<EpochMetrics>? MetricsCallback { get; init; }

    public string? TensorBoardFolder { get; init; }

    /// <summary>Whether epochs are not logged, since another one tells of the whole.</summary>
    public bool IsQuiet { get; init; }

    public CancellationToken CancellationToken { get; init; }
}
