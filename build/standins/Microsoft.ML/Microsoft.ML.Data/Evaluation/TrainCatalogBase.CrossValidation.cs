using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public abstract partial class TrainCatalogBase
{
    /// <summary>Fits the estimator to all folds but one, scores that one, and so in turn.</summary>
    private protected IReadOnlyList<CrossValidationResult<TMetrics>> CrossValidate<TMetrics>(IDataView data, IEstimator<ITransformer> estimator,
        int numFolds, string labelColumnName, string samplingKeyColumn, int? seed, Func<IDataView, TMetrics> evaluate)
        where TMetrics : class
    {
        Environment.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Environment.CheckValue(data, nameof(data));
        Environment.CheckValue(estimator, nameof(estimator));
        Environment.CheckParam(numFolds > 1, nameof(numFolds), "Must be more than 1");
        var folds = new DataOperationsCatalog(Environment).CrossValidationSplit(data, numFolds, samplingKeyColumn, seed);

        // All models first, then all metrics: an estimator that fails is reported before a label that is missing.
        var scored = folds.Select(fold =>
        {
            var model = estimator.Fit(fold.TrainSet);
            return (Model: model, Scores: model.Transform(fold.TestSet));
        }).ToArray();
        return [.. scored.Select((fold, i) => new CrossValidationResult<TMetrics>(fold.Model, evaluate(fold.Scores), fold.Scores, i))];
    }
}
