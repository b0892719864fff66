using Microsoft.ML.SecondOrder.Selection;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What came out of a trial.</summary>
/// <param name="Model">Trained on all rows.</param>
/// <param name="Metric">What ranks it.</param>
/// <param name="IsMaximize">Whether more is better.</param>
internal sealed record TrialScore(ITransformer Model, double Metric, bool IsMaximize)
{
    /// <summary>Of each fold, if any.</summary>
    public IReadOnlyList<double> FoldMetrics { get; init; } = [];

    /// <summary>What the training rows say; null where they were not asked.</summary>
    public LeaderboardRow? Examination { get; init; }

    /// <summary>What AutoML makes small; the worst there is where the metric is no number.</summary>
    public double Loss => !double.IsFinite(Metric) ? double.MaxValue : IsMaximize ? -Metric : Metric;
}
