using System.Text.Json;
using Microsoft.ML;

namespace TrainFromFile;

/// <summary>How well a model does on the test rows.</summary>
internal static class Metrics
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    public static IReadOnlyList<(string Name, double Value)> Of(MLContext context, IDataView scored, TableFile table, bool isClassification)
    {
        if (isClassification)
        {
            var classes = context.MulticlassClassification.Evaluate(scored, table.Label.Name, predictedLabelColumnName: "PredictedLabel");
            return [("MicroAccuracy", classes.MicroAccuracy), ("MacroAccuracy", classes.MacroAccuracy), ("LogLoss", classes.LogLoss), ("LogLossReduction", classes.LogLossReduction)];
        }

        var numbers = context.Regression.Evaluate(scored, table.Label.Name);
        return [("RSquared", numbers.RSquared), ("MeanAbsoluteError", numbers.MeanAbsoluteError), ("RootMeanSquaredError", numbers.RootMeanSquaredError)];
    }

    /// <summary>Numbers that are not finite become null, as JSON has no word for them.</summary>
    public static void Save(string path, CommandLine command, TableFile table, double seconds, IEnumerable<(string Name, double Value)> metrics) =>
        File.WriteAllText(path, JsonSerializer.Serialize(
            new
            {
                task = command.IsClassification ? "classification" : "regression",
                dataset = Path.GetFileName(command.Dataset),
                label = table.Label.Name,
                columns = table.Columns.ToDictionary(c => c.Name, c => c.Kind.ToString()),
                seed = command.Seed,
                trainingSeconds = Math.Round(seconds, 2),
                metrics = metrics.ToDictionary(m => m.Name, m => double.IsFinite(m.Value) ? m.Value : (double?)null),
            },
            _indented));
}
