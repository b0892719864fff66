namespace Microsoft.ML.SecondOrder;

/// <summary>How well one of several numbers is predicted.</summary>
/// <param name="Name">The name of its slot in the label or the score; its index where they have none.</param>
public sealed record TargetMetrics(string Name)
{
    /// <summary>Mean of |score − label|, in the target's unit.</summary>
    public required double MeanAbsoluteError { get; init; }

    /// <summary>Mean of (score − label)².</summary>
    public required double MeanSquaredError { get; init; }

    /// <summary>Root of <see cref="MeanSquaredError"/>, in the target's unit.</summary>
    public required double RootMeanSquaredError { get; init; }

    /// <summary>
    /// 1 − Σ (score − label)² / Σ (label − mean)²: 1 for perfect scores, 0 for those no better than the mean, below for worse;
    /// not a finite number where all labels are equal.
    /// </summary>
    public required double RSquared { get; init; }
}
