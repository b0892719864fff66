using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Says in words which training a saved state belongs to.</summary>
internal static class Fingerprints
{
    /// <summary>Lines "what: value", the same for the same data and settings in every process and culture.</summary>
    public static string Of(TrainingSettings settings, int? seed, TrainingPlan plan, TrainingData rows, DataViewSchema schema, FittedNetwork? initial, ImmutableArray<NamedWeights> given)
    {
        var text = new StringBuilder();
        void Line(string what, object? value) => text.Append(CultureInfo.InvariantCulture, $"{what}: {value ?? "none"}\n");
        var culture = CultureInfo.CurrentCulture;
        try
        {
            // Records write their numbers in the current culture.
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            Line("task", settings.Task);
            Line("label", $"{settings.Columns.Label} {schema[settings.Columns.Label].Type}");
            Line("features", string.Join("; ", settings.Columns.Features.Of(schema).Select(c => $"{c.Name} {c.Type} {c.Segment}")));
            Line("weights", settings.Columns.Weight);
            Line("rows", rows.Rows.Count);
            Line("validation rows", rows.Validation?.Count);
            Line("contents of the rows", rows.Fingerprint.ToString("X16", CultureInfo.InvariantCulture));
            Line("network", plan.Network);
            Line("optimizer", plan.Optimizer);
            Line("epochs", plan.Epochs);
            Line("batches", plan.Batches);
            Line("rows of a micro-batch", plan.MicroBatchSize);
            Line("learning rate", plan.LearningRate);
            Line("learning rate schedule", plan.LearningRateSchedule);
            Line("damping schedule", plan.DampingSchedule);
            Line("regularization", plan.Regularization);
            Line("prediction interval", settings.Interval);
            Line("calibration", settings.Calibration);
            Line("uncertainty", $"{settings.Predictive}, {settings.UncertainLayers}, {CertaintyColumns.Of(settings)}");
            Line("steps", plan.MaximumSteps);
            Line("time", plan.MaximumTime);
            Line("early stopping", plan.EarlyStopping);
            Line("loss", settings.RegressionLoss);
            Line("missing features", settings.MissingFeatures);
            Line("augmentation", settings.Augmentation);
            Line("class weights", settings.ClassWeights);
            Line("initial network", initial is null ? null : Weights(initial.Weights).ToString("X16", CultureInfo.InvariantCulture));
            Line("initial weights", given.IsEmpty ? null : Weights(given).ToString("X16", CultureInfo.InvariantCulture));
            Line("frozen parameters", settings.FrozenParameters.IsEmpty ? null : string.Join(", ", settings.FrozenParameters));
            Line("seed", seed);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        return text.ToString();
    }

    /// <exception cref="InvalidOperationException">They differ; the message says in what.</exception>
    public static void RequireEqual(string saved, string now, string place)
    {
        var (before, after) = (Parse(saved), Parse(now));
        var differences = before.Keys.Union(after.Keys)
            .Where(k => before.GetValueOrDefault(k) != after.GetValueOrDefault(k))
            .Select(k => $"{k} is '{after.GetValueOrDefault(k)}', was '{before.GetValueOrDefault(k)}'").ToList();
        if (differences.Count > 0)
        {
            throw new InvalidOperationException(
                $"Options.CheckpointFolder holds an interrupted training of other data or settings, in {place}: {string.Join("; ", differences)}. "
                + "Restore them to go on with it, delete the file to begin anew, or give each training a folder of its own.");
        }
    }

    private static ulong Weights(ImmutableArray<NamedWeights> all)
    {
        var hash = new DataFingerprint();
        foreach (var weights in all)
        {
            hash.Add(weights.Values);
        }

        return hash.Value;
    }

    private static Dictionary<string, string> Parse(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(l => l.Split(": ", 2)).Where(p => p.Length == 2).DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1]);
}
