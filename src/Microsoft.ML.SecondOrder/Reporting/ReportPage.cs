using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>The page of a trained network.</summary>
internal static class ReportPage
{
    private const int MaximumFeatures = 40;

    public static string Render(ReportFacts facts) => Page.Render(facts.Title, facts.Summary, Sections(facts));

    private static IEnumerable<(string Id, string Title, Markup Content)> Sections(ReportFacts facts)
    {
        yield return ("results", "Results", Results(facts.Evaluation));
        yield return ("training", "Training", CurveSection.Draw(facts.Epochs));
        yield return ("features", "Features", Importance(facts.Importance));
        yield return ("relevances", "Relevances", Relevances(facts.Relevances));
        yield return ("layers", "Layers", Layers(facts.Epochs.LastOrDefault()?.Layers ?? []));
        yield return ("settings", "Settings", Pairs("settings", "Settings", facts.Settings));
        yield return ("environment", "Environment", Pairs("environment", "Environment", facts.Environment));
    }

    private static Markup Results(Evaluation? evaluation)
    {
        if (evaluation is null)
        {
            return Markup.Empty;
        }

        var skipped = evaluation.SkippedRows > 0 ? $" {Numerals.Count(evaluation.SkippedRows)} more were left out, since something in them is missing." : "";
        return $"""
            <section id="results"><h2>Results</h2>
            <p>On {Numerals.Count(evaluation.Rows)} rows that were given for testing.{skipped}</p>
            {(evaluation, evaluation.Rows) switch
            {
                (_, 0) => Markup.Empty,
                (RegressionEvaluation regression, _) => RegressionSection.Draw(regression),
                (ClassEvaluation classes, _) => ClassSection.Draw(classes),
                _ => Markup.Empty,
            }}
            </section>

            """;
    }

    private static Markup Importance(ImportanceFacts? importance)
    {
        if (importance is null || importance.Features.Count == 0)
        {
            return Markup.Empty;
        }

        return $"""
            <section id="features"><h2>Features</h2>
            <p>By how much {importance.Metric} gets worse when the values of a column are permuted among the rows: what the model would lose without it.</p>
            {Bars("Importance", "Column", $"Change of {importance.Metric} for the worse", importance.Features)}
            </section>

            """;
    }

    private static Markup Relevances(IReadOnlyList<(string Input, double Relevance)> relevances) => relevances.Count == 0 ? Markup.Empty : $"""
        <section id="relevances"><h2>Relevances</h2>
        <p>How far the training data lets the weights of each input go, relative to the one that they let go furthest: found while the network was trained.
        What matters in the same way above and below its mean comes out too low.</p>
        {Bars("Relevances", "Input", "Relevance", relevances)}
        </section>

        """;

    /// <summary>A table of the largest numbers, with bars.</summary>
    private static Markup Bars(string caption, string what, string heading, IEnumerable<(string Name, double Value)> values)
    {
        var sorted = values.OrderByDescending(v => v.Value).ThenBy(v => v.Name, StringComparer.Ordinal).ToList();
        var most = Math.Max(sorted[0].Value, double.Epsilon);
        var rest = sorted.Count > MaximumFeatures ? (Markup)$"<p>{sorted.Count - MaximumFeatures} that matter less are not shown.</p>" : Markup.Empty;
        return $"""
            {Tables.Of(caption, [what, heading], sorted.Take(MaximumFeatures).Select(v => Tables.Row(v.Name, [Tables.BarCell(v.Value / most, Numerals.Text(v.Value))])))}
            {rest}
            """;
    }

    private static Markup Layers(IReadOnlyList<LayerMetrics> layers) => layers.Count == 0 ? Markup.Empty : $"""
        <section id="layers"><h2>Layers</h2>
        <p>At the end of the training. Curvature: the mean diagonals of the factors of inputs and outputs, and their product.
        Where the damping is far below it, steps are of second order; where it is far above, they follow the gradient.</p>
        {Tables.Of(
            "Layers", ["Layer", "Curvature of inputs", "Curvature of outputs", "Product", "Damping", "Damping / product"],
            layers.Select(l => Tables.Row(l.Name, new[]
            {
                l.InputCurvature, l.OutputCurvature, l.InputCurvature * l.OutputCurvature, l.Damping, l.Damping / (l.InputCurvature * l.OutputCurvature),
            }.Select(Numerals.Text))))}
        </section>

        """;

    private static Markup Pairs(string id, string title, IReadOnlyList<KeyValuePair<string, string>> pairs) => pairs.Count == 0 ? Markup.Empty : $"""
        <section id="{id}"><h2>{title}</h2>
        {Tables.Pairs(title, pairs)}
        </section>

        """;
}
