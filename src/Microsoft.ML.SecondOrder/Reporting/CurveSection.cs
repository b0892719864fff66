using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>The course of the training.</summary>
internal static class CurveSection
{
    private static readonly (string Name, Func<EpochMetrics, double?> Value)[] _columns =
    [
        ("Training loss", e => e.TrainingLoss),
        ("Validation loss", e => e.ValidationLoss),
        ("Accuracy", e => e.Accuracy),
        ("Validation accuracy", e => e.ValidationAccuracy),
        ("Root mean squared error", e => e.RootMeanSquaredError),
        ("Validation root mean squared error", e => e.ValidationRootMeanSquaredError),
        ("Learning rate", e => e.LearningRate),
        ("Damping factor", e => e.DampingFactor),
        ("Rows per second", e => e.RowsPerSecond > 0 ? e.RowsPerSecond : null),
        ("Seconds", e => e.Elapsed > TimeSpan.Zero ? e.Elapsed.TotalSeconds : null),
    ];

    public static Markup Draw(IReadOnlyList<EpochMetrics> epochs)
    {
        if (epochs.Count == 0)
        {
            return Markup.Empty;
        }

        var places = epochs.Select(e => e.Epoch).ToList();
        var best = epochs.LastOrDefault(e => e.IsBest) is { } found ? (found.Epoch, "best epoch") : ((int, string)?)null;
        Series Of(string name, Func<EpochMetrics, double?> value) => new(name, [.. epochs.Select(value)]);
        Markup Pair(string title, Func<EpochMetrics, double?> training, Func<EpochMetrics, double?> validation) =>
            LineChart.Draw(title, places, [Of("training", training), Of("validation", validation)], best);
        return $"""
            <section id="training"><h2>Training</h2>
            <div class="charts">
            {Pair("Loss", e => e.TrainingLoss, e => e.ValidationLoss)}
            {Pair("Accuracy", e => e.Accuracy, e => e.ValidationAccuracy)}
            {Pair("Root mean squared error", e => e.RootMeanSquaredError, e => e.ValidationRootMeanSquaredError)}
            {LineChart.Draw("Learning rate", places, [Of("learning rate", e => e.LearningRate)], mayBeLogarithmic: false)}
            {LineChart.Draw("Damping", places, ByLayer(epochs, l => l.Damping))}
            {LineChart.Draw("Mean curvature", places, ByLayer(epochs, l => l.InputCurvature * l.OutputCurvature))}
            </div>
            {Table(epochs)}
            </section>

            """;
    }

    /// <summary>One line a layer; of many layers, the lowest, the median and the highest; one line where all are equal.</summary>
    private static IReadOnlyList<Series> ByLayer(IReadOnlyList<EpochMetrics> epochs, Func<LayerMetrics, double?> value)
    {
        var sorted = epochs.Select(e => e.Layers.Select(value).OfType<double>().Order().ToList()).ToList();
        Series Of(string name, Func<List<double>, double> pick) => new(name, [.. sorted.Select(s => s.Count > 0 ? pick(s) : (double?)null)]);
        if (sorted.All(s => s.Count == 0 || s[0] == s[^1]))
        {
            return [Of("all layers", s => s[0])];
        }

        var names = epochs[^1].Layers.Select(l => l.Name).ToList();
        return names.Count <= LineChart.MaximumSeries
            ? [.. names.Select(name => new Series(name, [.. epochs.Select(e => e.Layers.FirstOrDefault(l => l.Name == name) is { } layer ? value(layer) : null)]))]
            : [Of("median of the layers", s => RegressionFigures.Quantile(s, 0.5)), Of("lowest", s => s[0]), Of("highest", s => s[^1])];
    }

    private static Markup Table(IReadOnlyList<EpochMetrics> epochs)
    {
        var columns = _columns.Where(c => epochs.Any(e => c.Value(e) is not null)).ToList();
        return Tables.Folded("All epochs as numbers", Tables.Of(
            "Epochs", ["Epoch", .. columns.Select(c => c.Name)],
            epochs.Select(e => Tables.Row(Numerals.Count(e.Epoch), columns.Select(c => Numerals.Text(c.Value(e)))))));
    }
}
