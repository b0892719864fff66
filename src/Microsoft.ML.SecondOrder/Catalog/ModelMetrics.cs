using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>The metrics by which scored rows are judged, whatever the task: the main one first.</summary>
internal sealed record ModelMetrics(ImmutableArray<KeyValuePair<string, double>> Values, bool MainIsBetterWhenLarger)
{
    private const string Score = "Score";

    /// <summary>Asks ML.NET's evaluators, and ours for several targets, by what the column Score says of itself.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no column Score, or one of a kind that has no metrics here.</exception>
    public static ModelMetrics Of(MLContext context, IDataView scored, string label)
    {
        var column = scored.Schema.GetColumnOrNull(Score) ?? throw ColumnRoles.Missing("score", Score);
        return Kind(column) switch
        {
            "Regression" when column.Type is not VectorDataViewType => OfRegression(context.Regression.Evaluate(scored, label)),
            "MultiOutputRegression" => OfTargets(MultiOutputEvaluation.Run(scored, label, Score)),
            "BinaryClassification" when scored.Schema.GetColumnOrNull("Probability") is not null => OfClasses(
                context.BinaryClassification.Evaluate(scored, label)),
            "BinaryClassification" => OfScores(context.BinaryClassification.EvaluateNonCalibrated(scored, label)),
            "MulticlassClassification" => OfClasses(context.MulticlassClassification.Evaluate(scored, label)),
            var kind => throw new ArgumentOutOfRangeException(
                nameof(scored), $"The column '{Score}' is of the kind '{kind}'; importance is known for regression, binary and multiclass classification."),
        };
    }

    private static string Kind(DataViewSchema.Column column)
    {
        ReadOnlyMemory<char> kind = default;
        if (column.Annotations.Schema.GetColumnOrNull("ScoreColumnKind")?.Type is TextDataViewType)
        {
            column.Annotations.GetValue("ScoreColumnKind", ref kind);
        }

        return kind.ToString();
    }

    private static ModelMetrics OfRegression(RegressionMetrics m) =>
        new([new(nameof(m.RootMeanSquaredError), m.RootMeanSquaredError), new(nameof(m.MeanAbsoluteError), m.MeanAbsoluteError), new(nameof(m.RSquared), m.RSquared)], false);

    /// <summary>By R² first: targets may have different units.</summary>
    private static ModelMetrics OfTargets(MultiOutputRegressionMetrics m) =>
        new([new(nameof(m.RSquared), m.RSquared), new(nameof(m.RootMeanSquaredError), m.RootMeanSquaredError), new(nameof(m.MeanAbsoluteError), m.MeanAbsoluteError)], true);

    private static ModelMetrics OfClasses(CalibratedBinaryClassificationMetrics m) =>
        new([new(nameof(m.LogLoss), m.LogLoss), new(nameof(m.AreaUnderRocCurve), m.AreaUnderRocCurve), new(nameof(m.Accuracy), m.Accuracy)], false);

    private static ModelMetrics OfScores(BinaryClassificationMetrics m) =>
        new([new(nameof(m.AreaUnderRocCurve), m.AreaUnderRocCurve), new(nameof(m.Accuracy), m.Accuracy), new(nameof(m.F1Score), m.F1Score)], true);

    private static ModelMetrics OfClasses(MulticlassClassificationMetrics m) =>
        new([new(nameof(m.LogLoss), m.LogLoss), new(nameof(m.MicroAccuracy), m.MicroAccuracy), new(nameof(m.MacroAccuracy), m.MacroAccuracy)], false);
}
