using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Reporting;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>Gathers the facts of a report from a model, rows and the machine.</summary>
internal static class FitReport
{
    /// <summary>Rows that importance is measured with.</summary>
    private const int ImportanceRows = 1000;

    private static readonly Dictionary<string, (string Name, int Sign)> _metrics = new()
    {
        [nameof(RegressionMetrics.RootMeanSquaredError)] = ("root mean squared error", 1),
        [nameof(RegressionMetrics.RSquared)] = ("R²", -1),
        [nameof(MulticlassClassificationMetrics.LogLoss)] = ("log-loss", 1),
    };

    /// <inheritdoc cref="SecondOrderOperations.SaveReport"/>
    public static ReportFacts Gather(MLContext context, ITransformer model, IDataView? testData, string? title)
    {
        var steps = Steps(model).ToList();
        var place = steps.FindLastIndex(s => s is NeuralNetworkPredictionTransformer);
        if (place < 0)
        {
            throw new ArgumentException(
                $"The model, {model.GetType().Name}, holds no network of this package. Pass what Fit of a pipeline with NeuralNetwork() returned, or load such a model.",
                nameof(model));
        }

        var network = (NeuralNetworkPredictionTransformer)steps[place];
        var evaluation = testData is null ? null : EvaluationReader.Read(network, steps.Take(place).Aggregate(testData, (data, step) => step.Transform(data)));
        return Facts(network.Model, evaluation, title) with
        {
            Importance = evaluation is not null && CanBeJudged(evaluation)
                ? Importance(context, new TransformerChain<ITransformer>([.. steps.Take(place + 1)]), testData!, network.Model.LabelColumnName)
                : null,
            Environment = [.. SystemCheck.Run(context, measures: false).Facts],
        };
    }

    /// <summary>The transformers in the order in which rows go through them.</summary>
    private static IEnumerable<ITransformer> Steps(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];

    /// <summary>Whether ML.NET's evaluators have a number for the first rows: they refuse two classes of which one is not there.</summary>
    private static bool CanBeJudged(Evaluation evaluation) => evaluation switch
    {
        ClassEvaluation { IsBinary: true } classes => classes.Labels.Take((int)Math.Max(0, ImportanceRows - classes.SkippedRows)).Distinct().Count() == 2,
        _ => evaluation.Rows > Math.Max(1, evaluation.SkippedRows),
    };

    /// <summary>By how much the main metric gets worse when a column is permuted, once; null where there is but one column.</summary>
    private static ImportanceFacts? Importance(MLContext context, ITransformer model, IDataView data, string label)
    {
        var result = ImportanceByPermutation.Run(context, model, context.Data.TakeRows(data, ImportanceRows), label, columns: null, permutations: 1, new Random(1));
        var (name, sign) = _metrics[result.Metrics[0].Key];
        return result.Columns.Length > 1 ? new ImportanceFacts(name, [.. result.Columns.Select(c => (c.Column, sign * c.Changes[0].Mean))]) : null;
    }

    private static ReportFacts Facts(FittedNetwork network, Evaluation? evaluation, string? title)
    {
        var summary = network.Summary;
        var skipped = summary.SkippedRows > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({summary.SkippedRows:N0} more were left out, since something in them is missing)") : "";
        return new ReportFacts
        {
            Title = title ?? $"{TaskName(network.Task)} of {network.LabelColumnName}",
            Summary = string.Create(CultureInfo.InvariantCulture,
                $"{network.Network}, trained on {summary.Rows:N0} rows{skipped} of {network.Shape.Inputs:N0} features in {summary.Epochs:N0} epochs."),
            Epochs = network.History,
            Evaluation = evaluation,
            Relevances = [.. network.RelevanceTable.Select(r => (r.Name, r.Relevance))],
            Settings = Settings(network),
        };
    }

    private static string TaskName(NetworkTask task) => task switch
    {
        NetworkTask.Regression => "Regression",
        NetworkTask.BinaryClassification => "Binary classification",
        _ => "Classification",
    };

    private static List<KeyValuePair<string, string>> Settings(FittedNetwork network)
    {
        var summary = network.Summary;
        var settings = new List<KeyValuePair<string, string>>();
        void Add(string name, FormattableString value) => settings.Add(new(name, FormattableString.Invariant(value)));
        Add("Network", $"{network.Network}");
        Add("Inputs, outputs", $"{network.Shape.Inputs}, {network.Shape.Outputs}");
        Add("Parameters", $"{network.Weights.Sum(w => (long)w.Values.Length):N0}");
        Add("Feature column", $"{network.FeatureColumnName}");
        Add("Label column", $"{network.LabelColumnName}");
        Add("Rows used, left out", $"{summary.Rows:N0}, {summary.SkippedRows:N0}");
        Add("Epochs, steps", $"{summary.Epochs:N0}, {summary.Steps:N0}");
        Add("Batch size", $"{summary.BatchSize:N0}");
        Add("Learning rate", $"{summary.LearningRate:G6}");
        Add("Weight decay", $"{summary.WeightDecay:G6}");
        if (summary.Augmentation is { } augmentation)
        {
            Add(augmentation.IsLearned ? "Changes of images, learned" : "Changes of images", $"{augmentation.InWords()}");
        }

        Add("Last training loss", $"{summary.TrainingLoss:G5}");
        if (network.Temperature != 1)
        {
            Add("Temperature of the outputs", $"{network.Temperature:G4}");
        }

        Add("Ended by", $"{summary.StoppedBy}");
        if (summary.ValidationRows > 0)
        {
            Add("Validation rows", $"{summary.ValidationRows:N0}");
            Add("Validation loss, best epoch", $"{summary.ValidationLoss:G5}, {summary.BestEpoch}");
        }

        if (summary.FilledRows > 0)
        {
            Add("Rows with missing features that were filled", $"{summary.FilledRows:N0}");
        }

        if (summary.UndoneSteps > 0)
        {
            Add("Steps undone, numbers not being finite", $"{summary.UndoneSteps:N0}");
        }

        Add("Optimizer", $"{summary.Optimizer.TrimEnd()}");
        return settings;
    }
}
