namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>What is known of one candidate. What was not measured is null.</summary>
public sealed record LeaderboardRow
{
    /// <summary>The candidate's name.</summary>
    public required string Name { get; init; }

    /// <summary>From 1, among those that were compared to the end; null for others.</summary>
    public int? Rank { get; init; }

    /// <summary>What became of it.</summary>
    public required CandidateStatus Status { get; init; }

    /// <summary>Why it has this status; empty where that says all.</summary>
    public string Remark { get; init; } = "";

    /// <summary>The error on rows as if left out one by one.</summary>
    public ErrorEstimate? LeaveOneOut { get; init; }

    /// <summary>The error on the rows of folds that were not trained on.</summary>
    public ErrorEstimate? Folds { get; init; }

    /// <summary>Folds that were trained.</summary>
    public int NumberOfFolds { get; init; }

    /// <summary>The logarithm of the marginal likelihood, in nats, of the scaled labels; only comparable for the same rows and loss.</summary>
    public double? LogEvidence { get; init; }

    /// <summary>The error on the rows that it was trained on, in the same unit as the others.</summary>
    public double? TrainingError { get; init; }

    /// <summary>The model that was trained on all rows; null where there is none.</summary>
    public ITransformer? Model { get; init; }

    /// <summary>Time that it took in all.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Weights and biases; null for models of others.</summary>
    public long? Parameters { get; init; }

    /// <summary>How many of them the data determines: by the exact curvature where rows were left out, else by Kronecker factors, which count more.</summary>
    public double? EffectiveParameters { get; init; }
}
