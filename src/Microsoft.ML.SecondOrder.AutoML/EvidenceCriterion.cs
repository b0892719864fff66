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
        var network = FittedModels.Last(model) ?? throw new InvalidOperationException(
            $"The evidence ranks networks of this package, but the trial's model, {model.GetType().Name}, holds none. Rank by TrialCriterion.Folds().");
        var evidence = FittedModels.End(model)?.LogEvidence ?? throw new InvalidOperationException(
            $"{network.Network} was not regularised by the marginal likelihood and has no evidence. Let the space hold to such trainings, "
            + $"space[\"{nameof(NeuralNetworkParameters.Regularization)}\"] = new ChoiceOption(\"{nameof(SearchedRegularization.MarginalLikelihood)}\"), or rank by TrialCriterion.Folds().");
        return new TrialScore(model, evidence / network.Summary.Rows, IsMaximize: true, []);
    }
}
