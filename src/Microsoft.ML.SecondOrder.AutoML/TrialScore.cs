namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What came out of a trial.</summary>
/// <param name="Model">Trained on all rows.</param>
/// <param name="Metric">What ranks it.</param>
/// <param name="IsMaximize">Whether more is better.</param>
/// <param name="FoldMetrics">Of each fold, if any.</param>
internal sealed record TrialScore(ITransformer Model, double Metric, bool IsMaximize, IReadOnlyList<double> FoldMetrics)
{
    /// <summary>What AutoML makes small; the worst there is where the metric is no number.</summary>
    public double Loss => !double.IsFinite(Metric) ? double.MaxValue : IsMaximize ? -Metric : Metric;
}
