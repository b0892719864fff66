using Microsoft.ML.SecondOrder.Selection;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>See <see cref="TrialCriterion.Evidence"/>.</summary>
public sealed record EvidenceCriterion : TrialCriterion
{
    internal EvidenceCriterion()
    {
    }

    internal override TrialScore Judge(TrialRows rows, TrialMetric metric, Func<IDataView, ITransformer> fit)
    {
        var model = fit(rows.All);
        var row = FitExamination.Of(rows, model, SelectionCriterion.Evidence, RegressionLoss.Huber);
        return new TrialScore(model, row.LogEvidence!.Value, IsMaximize: true) { Examination = row };
    }
}
