using Microsoft.ML.SecondOrder.Selection;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>See <see cref="TrialCriterion.LeaveOneOut"/>.</summary>
public sealed record LeaveOneOutCriterion : TrialCriterion
{
    internal LeaveOneOutCriterion(RegressionLoss loss) => Loss = loss;

    /// <summary>How errors of numbers count.</summary>
    public RegressionLoss Loss { get; }

    internal override TrialScore Judge(TrialRows rows, TrialMetric metric, Func<IDataView, ITransformer> fit)
    {
        var model = fit(rows.All);
        var row = FitExamination.Of(rows, model, SelectionCriterion.LeaveOneOut, Loss);
        return new TrialScore(model, row.LeaveOneOut!.Value.Value, IsMaximize: false) { Examination = row };
    }
}
