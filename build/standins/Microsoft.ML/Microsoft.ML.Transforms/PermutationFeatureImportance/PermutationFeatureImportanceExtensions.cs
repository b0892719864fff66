using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

/// <summary>What each feature contributes to a model's metrics: their change (permuted − original) when its values are permuted.</summary>
public static class PermutationFeatureImportanceExtensions
{
    public static ImmutableArray<RegressionMetricsStatistics> PermutationFeatureImportance<TModel>(this RegressionCatalog catalog,
        ISingleFeaturePredictionTransformer<TModel> predictionTransformer, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) where TModel : class
        => Importance(catalog, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount).Of(predictionTransformer, data);

    public static ImmutableDictionary<string, RegressionMetricsStatistics> PermutationFeatureImportance(this RegressionCatalog catalog,
        ITransformer model, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1)
        => Importance(catalog, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount).Of(model, data);

    public static ImmutableArray<BinaryClassificationMetricsStatistics> PermutationFeatureImportance<TModel>(this BinaryClassificationCatalog catalog,
        ISingleFeaturePredictionTransformer<TModel> predictionTransformer, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) where TModel : class
        => Importance(catalog, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount).Of(predictionTransformer, data);

    public static ImmutableDictionary<string, BinaryClassificationMetricsStatistics> PermutationFeatureImportanceNonCalibrated(
        this BinaryClassificationCatalog catalog, ITransformer model, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1)
        => Importance(catalog, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount).Of(model, data);

    public static ImmutableArray<MulticlassClassificationMetricsStatistics> PermutationFeatureImportance<TModel>(this MulticlassClassificationCatalog catalog,
        ISingleFeaturePredictionTransformer<TModel> predictionTransformer, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) where TModel : class
        => Importance(catalog, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount).Of(predictionTransformer, data);

    public static ImmutableDictionary<string, MulticlassClassificationMetricsStatistics> PermutationFeatureImportance(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1)
        => Importance(catalog, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount).Of(model, data);

    private static FeatureImportance<RegressionMetrics, RegressionMetricsStatistics> Importance(
        RegressionCatalog catalog, string label, bool filter, int? examples, int permutations)
        => new(catalog.GetEnvironment(), () => new(), scored => catalog.Evaluate(scored, label), Subtract, filter, examples, permutations);

    private static FeatureImportance<BinaryClassificationMetrics, BinaryClassificationMetricsStatistics> Importance(
        BinaryClassificationCatalog catalog, string label, bool filter, int? examples, int permutations)
        => new(catalog.GetEnvironment(), () => new(), scored => catalog.EvaluateNonCalibrated(scored, label), Subtract, filter, examples, permutations);

    private static FeatureImportance<MulticlassClassificationMetrics, MulticlassClassificationMetricsStatistics> Importance(
        MulticlassClassificationCatalog catalog, string label, bool filter, int? examples, int permutations)
        => new(catalog.GetEnvironment(), () => new(), scored => catalog.Evaluate(scored, label), Subtract, filter, examples, permutations);

    private static RegressionMetrics Subtract(RegressionMetrics a, RegressionMetrics b) => new(
        a.MeanAbsoluteError - b.MeanAbsoluteError,
        a.MeanSquaredError - b.MeanSquaredError,
        a.RootMeanSquaredError - b.RootMeanSquaredError,
        a.LossFunction - b.LossFunction,
        a.RSquared - b.RSquared);

    private static BinaryClassificationMetrics Subtract(BinaryClassificationMetrics a, BinaryClassificationMetrics b) => new(
        a.AreaUnderRocCurve - b.AreaUnderRocCurve,
        a.Accuracy - b.Accuracy,
        a.PositivePrecision - b.PositivePrecision,
        a.PositiveRecall - b.PositiveRecall,
        a.NegativePrecision - b.NegativePrecision,
        a.NegativeRecall - b.NegativeRecall,
        a.F1Score - b.F1Score,
        a.AreaUnderPrecisionRecallCurve - b.AreaUnderPrecisionRecallCurve);

    private static MulticlassClassificationMetrics Subtract(MulticlassClassificationMetrics a, MulticlassClassificationMetrics b) => new(
        a.MicroAccuracy - b.MicroAccuracy,
        a.MacroAccuracy - b.MacroAccuracy,
        a.LogLoss - b.LogLoss,
        a.LogLossReduction - b.LogLossReduction,
        a.TopKPredictionCount,
        a.TopKAccuracyForAllK?.Zip(b.TopKAccuracyForAllK, (x, y) => x - y).ToArray(),
        [.. a.PerClassLogLoss.Zip(b.PerClassLogLoss, (x, y) => x - y)]);
}
