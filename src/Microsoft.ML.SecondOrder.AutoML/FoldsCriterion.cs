namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>See <see cref="TrialCriterion.Folds"/>.</summary>
public sealed record FoldsCriterion : TrialCriterion
{
    internal FoldsCriterion(int? numberOfFolds, int seed) => (NumberOfFolds, Seed) = (numberOfFolds, seed);

    /// <summary>How many; null for those of the experiment.</summary>
    public int? NumberOfFolds { get; }

    /// <summary>Of the draw of the folds.</summary>
    public int Seed { get; }

    internal override TrialScore Judge(TrialRows rows, TrialMetric metric, Func<IDataView, ITransformer> fit)
    {
        if (rows.Validation is { } validation)
        {
            var model = fit(rows.All);
            return Score(model, metric, [metric.Evaluate(model, validation)]);
        }

        var metrics = rows.Folds(NumberOfFolds, Seed).Select(fold => metric.Evaluate(fit(fold.TrainSet), fold.TestSet)).ToArray();
        return Score(fit(rows.All), metric, metrics);
    }

    private static TrialScore Score(ITransformer model, TrialMetric metric, double[] metrics) =>
        new(model, metrics.Average(), metric.IsMaximize) { FoldMetrics = metrics };
}
