using System.Globalization;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What the log says of an epoch.</summary>
internal static class EpochLine
{
    /// <summary>
    /// For example "Epoch 3/75: training loss 0.12345, accuracy 0.9123, validation loss 0.20000, accuracy 0.9000 (best), learning rate 0.95,
    /// damping 0.01, 51200 rows/s, 00:12 left".
    /// </summary>
    public static string Of(EpochMetrics m)
    {
        var damping = m.Layers.FirstOrDefault(l => l.Damping is not null)?.Damping;
        return string.Create(CultureInfo.InvariantCulture,
            $"Epoch {m.Epoch}/{m.MaximumNumberOfEpochs}: training loss {m.TrainingLoss:F5}, {Figure(m.Accuracy, m.RootMeanSquaredError)}{Validation(m)}{Evidence(m)}{(m.Augmentation is { } changes ? $", {changes.InWords()}" : "")}, ")
            + string.Create(CultureInfo.InvariantCulture,
            $"learning rate {m.LearningRate:G3}{(damping is null ? "" : $", damping {damping.Value.ToString("G3", CultureInfo.InvariantCulture)}")}, {m.RowsPerSecond:F0} rows/s, {Time(m.TimeLeft)} left");
    }

    /// <summary>What the log says within a long epoch.</summary>
    public static string Within(TrainingPlan plan, LoopState state, TimeSpan left) => string.Create(CultureInfo.InvariantCulture,
        $"Epoch {state.Epoch}/{plan.Epochs}: {100.0 * state.Batch / plan.Batches:F0} % of the rows, training loss {state.LossSum / Math.Max(1, state.Rows):F5}, {Time(left)} left");

    private static string Validation(EpochMetrics m) => m.ValidationLoss is not { } loss ? "" : string.Create(CultureInfo.InvariantCulture,
        $", validation loss {loss:F5}, {Figure(m.ValidationAccuracy, m.ValidationRootMeanSquaredError)}{(m.IsBest ? " (best)" : "")}");

    private static string Evidence(EpochMetrics m) => m.LogEvidence is not { } evidence ? "" : string.Create(CultureInfo.InvariantCulture,
        $", log evidence {evidence:F1}, {m.EffectiveParameters:F0} effective parameters, {(m.PriorPrecision is null ? "weight decay" : "prior precision")} {m.PriorPrecision ?? m.WeightDecay:G3}");

    private static string Figure(double? accuracy, double? error) => accuracy is { } a
        ? string.Create(CultureInfo.InvariantCulture, $"accuracy {a:F4}")
        : string.Create(CultureInfo.InvariantCulture, $"root mean squared error {error:G5}");

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? time.ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture)
        : time.ToString(@"mm\:ss", CultureInfo.InvariantCulture);
}
