using Microsoft.ML.AutoML;
using Microsoft.ML.SecondOrder.Selection;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>A trial's result, with all that is known of it. <c>Metric</c> is the criterion's, and <c>Loss</c> the same with the sign that makes less better.</summary>
public sealed class SecondOrderTrialResult : TrialResult
{
    internal SecondOrderTrialResult()
    {
    }

    /// <summary>What the trial was ranked by.</summary>
    public required TrialCriterion Criterion { get; init; }

    /// <summary>The metric of each fold; empty where no folds were taken.</summary>
    public required IReadOnlyList<double> FoldMetrics { get; init; }

    /// <summary>The error on rows as if left out one by one, with its standard error; null where that does not rank.</summary>
    public ErrorEstimate? LeaveOneOut { get; init; }

    /// <summary>The logarithm of the evidence of the model, in nats; with folds null where the marginal likelihood did not regularise.</summary>
    public double? LogEvidence { get; init; }

    /// <summary>How many of the model's weights the data determined; with folds null where the marginal likelihood did not regularise.</summary>
    public double? EffectiveParameters { get; init; }
}
