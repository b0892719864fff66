using Microsoft.ML.SecondOrder.Selection;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What the rows that a model was trained on say of it: a selection among models of which there is but one, trained already.</summary>
internal static class FitExamination
{
    private const string Name = "the trial";

    /// <param name="rows">The trial's.</param>
    /// <param name="model">As its trainer returned it.</param>
    /// <param name="criterion">By rows left out or by the evidence.</param>
    /// <param name="loss">How errors of numbers count.</param>
    /// <exception cref="InvalidOperationException">The model has no value of the criterion; the message says why.</exception>
    public static LeaderboardRow Of(TrialRows rows, ITransformer model, SelectionCriterion criterion, RegressionLoss loss)
    {
        var network = FittedModels.Last(model) ?? throw new InvalidOperationException(
            $"Rows left out and the evidence are known of networks of this package, but the trial's model, {model.GetType().Name}, holds none. Rank by TrialCriterion.Folds().");
        var (operations, label) = (rows.Context.SecondOrder(), network.LabelColumnName);
        ModelCandidate[] candidates = [new(Name, new Trained(model))];
        var options = new SelectionOptions { Loss = loss };
        var result = network.Task switch
        {
            NetworkTask.Regression => operations.SelectRegressionModel(rows.All, label, candidates: candidates, criterion: criterion, options: options),
            NetworkTask.BinaryClassification => operations.SelectBinaryModel(rows.All, label, candidates: candidates, criterion: criterion, options: options),
            _ => operations.SelectMulticlassModel(rows.All, label, candidates: candidates, criterion: criterion, options: options),
        };
        return result.Leaderboard[0];
    }

    /// <summary>Gives the model that there is.</summary>
    private sealed class Trained(ITransformer model) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => model;

        /// <summary>Unknown, and not asked for.</summary>
        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }
}
