using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a user asks of a training; null means that the data decides.</summary>
internal sealed record TrainingSettings
{
    public required NetworkTask Task { get; init; }

    public required ColumnRoles Columns { get; init; }

    public Network? Network { get; init; }

    public PreconditionerOptions? Optimizer { get; init; }

    public RegressionLoss RegressionLoss { get; init; }

    /// <summary>Whether features are scaled by median and quartiles and far values drawn in.</summary>
    public bool RobustFeatures { get; init; }

    public int? Epochs { get; init; }

    public int? BatchSize { get; init; }

    public double? LearningRate { get; init; }

    public double? WeightDecay { get; init; }

    public int? Threads { get; init; }

    public Action<EpochMetrics>? MetricsCallback { get; init; }

    public string? TensorBoardFolder { get; init; }

    public CancellationToken CancellationToken { get; init; }
}
