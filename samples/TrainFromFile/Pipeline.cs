using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Transforms;

namespace TrainFromFile;

/// <summary>From columns to an ML.NET pipeline. <see cref="CodeWriter"/> writes the same as source code.</summary>
internal static class Pipeline
{
    public static IEstimator<ITransformer> Build(MLContext context, TableFile table, CommandLine command, Action<EpochMetrics> progress, CancellationToken stop)
    {
        IEstimator<ITransformer> features = new EstimatorChain<ITransformer>();
        var holed = Pairs(table, c => c.Kind == ColumnKind.Number && c.HasMissing);
        if (holed.Length > 0)
        {
            features = features.Append(context.Transforms.ReplaceMissingValues(holed, MissingValueReplacingEstimator.ReplacementMode.Mean));
        }

        var categories = Pairs(table, c => c.Kind == ColumnKind.Category);
        if (categories.Length > 0)
        {
            features = features.Append(context.Transforms.Categorical.OneHotEncoding(categories));
        }

        foreach (var text in table.Features.Where(c => c.Kind == ColumnKind.Text))
        {
            features = features.Append(context.Transforms.Text.FeaturizeText(text.Name, text.Name));
        }

        features = features.Append(context.Transforms.Concatenate("Features", [.. table.Features.Select(c => c.Name)]));
        return command.IsClassification ? Classification(context, table, command, features, progress, stop) : Regression(context, table, command, features, progress, stop);
    }

    private static IEstimator<ITransformer> Regression(
        MLContext context, TableFile table, CommandLine command, IEstimator<ITransformer> features, Action<EpochMetrics> progress, CancellationToken stop) =>
        features.Append(context.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = table.Label.Name,
            MaximumTrainingTime = command.TrainTime,
            MetricsCallback = progress,
            CancellationToken = stop,
            OnCancellation = CancellationBehavior.ReturnBest,
        }));

    private static IEstimator<ITransformer> Classification(
        MLContext context, TableFile table, CommandLine command, IEstimator<ITransformer> features, Action<EpochMetrics> progress, CancellationToken stop) =>
        features
            .Append(context.Transforms.Conversion.MapValueToKey(table.Label.Name, table.Label.Name))
            .Append(context.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
            {
                LabelColumnName = table.Label.Name,
                MaximumTrainingTime = command.TrainTime,
                MetricsCallback = progress,
                CancellationToken = stop,
                OnCancellation = CancellationBehavior.ReturnBest,
            }))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel", "PredictedLabel"));

    private static InputOutputColumnPair[] Pairs(TableFile table, Func<TableColumn, bool> which) =>
        [.. table.Features.Where(which).Select(c => new InputOutputColumnPair(c.Name, c.Name))];
}
