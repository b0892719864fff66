namespace Microsoft.ML.AutoML;

public enum RegressionMetric
{
    MeanAbsoluteError,
    MeanSquaredError,
    RootMeanSquaredError,
    RSquared,
}

public enum BinaryClassificationMetric
{
    Accuracy,
    AreaUnderRocCurve,
    AreaUnderPrecisionRecallCurve,
    F1Score,
    PositivePrecision,
    PositiveRecall,
    NegativePrecision,
    NegativeRecall,
}

public enum MulticlassClassificationMetric
{
    MicroAccuracy,
    MacroAccuracy,
    LogLoss,
    LogLossReduction,
    TopKAccuracy,
}

/// <summary>A metric by its name.</summary>
internal sealed class MetricManager(string name, bool isMaximize, Func<MLContext, IDataView, double> evaluate) : IEvaluateMetricManager
{
    public bool IsMaximize => isMaximize;

    public string MetricName => name;

    public double Evaluate(MLContext context, IDataView eval) => evaluate(context, eval);

    public static MetricManager Of(RegressionMetric metric, string label, string score) =>
        new(metric.ToString(), metric == RegressionMetric.RSquared, (context, rows) =>
        {
            var metrics = context.Regression.Evaluate(rows, label, score);
            return metric switch
            {
                RegressionMetric.MeanAbsoluteError => metrics.MeanAbsoluteError,
                RegressionMetric.MeanSquaredError => metrics.MeanSquaredError,
                RegressionMetric.RootMeanSquaredError => metrics.RootMeanSquaredError,
                _ => metrics.RSquared,
            };
        });

    public static MetricManager Of(BinaryClassificationMetric metric, string label, string predicted) =>
        new(metric.ToString(), true, (context, rows) =>
        {
            var metrics = context.BinaryClassification.EvaluateNonCalibrated(rows, label, predictedLabelColumnName: predicted);
            return metric switch
            {
                BinaryClassificationMetric.Accuracy => metrics.Accuracy,
                BinaryClassificationMetric.AreaUnderRocCurve => metrics.AreaUnderRocCurve,
                BinaryClassificationMetric.AreaUnderPrecisionRecallCurve => metrics.AreaUnderPrecisionRecallCurve,
                BinaryClassificationMetric.F1Score => metrics.F1Score,
                BinaryClassificationMetric.PositivePrecision => metrics.PositivePrecision,
                BinaryClassificationMetric.PositiveRecall => metrics.PositiveRecall,
                BinaryClassificationMetric.NegativePrecision => metrics.NegativePrecision,
                _ => metrics.NegativeRecall,
            };
        });

    public static MetricManager Of(MulticlassClassificationMetric metric, string label, string predicted) =>
        new(metric.ToString(), metric is not (MulticlassClassificationMetric.LogLoss or MulticlassClassificationMetric.LogLossReduction), (context, rows) =>
        {
            var metrics = context.MulticlassClassification.Evaluate(rows, label, predictedLabelColumnName: predicted);
            return metric switch
            {
                MulticlassClassificationMetric.MicroAccuracy => metrics.MicroAccuracy,
                MulticlassClassificationMetric.MacroAccuracy => metrics.MacroAccuracy,
                MulticlassClassificationMetric.LogLoss => metrics.LogLoss,
                MulticlassClassificationMetric.LogLossReduction => metrics.LogLossReduction,
                _ => metrics.TopKAccuracy,
            };
        });
}
