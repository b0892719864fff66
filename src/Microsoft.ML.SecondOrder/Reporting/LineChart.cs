namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>One line of a chart: a value at each place, or none.</summary>
internal sealed record Series(string Name, IReadOnlyList<double?> Values);

/// <summary>Values along the epochs.</summary>
internal static class LineChart
{
    public const int MaximumSeries = 3;

    private static readonly string[] _styles = ["first", "second", "third"];

    /// <param name="title">The heading, with the unit.</param>
    /// <param name="epochs">Places on the horizontal axis, ascending.</param>
    /// <param name="series">At most <see cref="MaximumSeries"/> lines; those without a value are left out.</param>
    /// <param name="marked">An epoch to mark, and with what words.</param>
    /// <param name="mayBeLogarithmic">Whether equal ratios may take equal room, where values are far apart.</param>
    public static Markup Draw(
        string title, IReadOnlyList<int> epochs, IReadOnlyList<Series> series, (int Epoch, string Words)? marked = null, bool mayBeLogarithmic = true)
    {
        var shown = series.Where(s => s.Values.Any(v => v is { } value && double.IsFinite(value))).ToList();
        if (shown.Count == 0)
        {
            return Markup.Empty;
        }

        var frame = new ChartFrame
        {
            X = epochs.Count == 1 ? new Axis(epochs[0] - 1, epochs[0] + 1) : new Axis(epochs[0], epochs[^1]),
            Y = Axis.Around(shown.SelectMany(s => s.Values).OfType<double>(), mayBeLogarithmic),
            XLabel = "epoch",
            YLabel = "",
        };
        var mark = marked is { } m && epochs.Contains(m.Epoch) ? frame.Line(m.Epoch, frame.Y.Least, m.Epoch, frame.Y.Most, "mark") : Markup.Empty;
        Markup body = $"{mark}{shown.Select((s, i) => Line(frame, epochs, s, _styles[i]))}";
        return frame.Draw(title, Summary(shown), body, Legend(shown, marked));
    }

    private static Markup Line(ChartFrame frame, IReadOnlyList<int> epochs, Series series, string style)
    {
        var points = series.Values.Select((v, i) => (Epoch: epochs[i], Value: v is { } value && frame.Y.Place(value) is var p && double.IsFinite(p) ? v : null)).ToList();
        var path = points.Select((p, i) => p.Value is not { } value
            ? Markup.Empty
            : (Markup)$"{(i > 0 && points[i - 1].Value is not null ? "L" : "M")}{frame.PlaceX(p.Epoch)} {frame.PlaceY(value)}");
        var hints = points.Where(p => p.Value is not null).Select(p =>
            (Markup)$"""<circle class="hint {style}" cx="{frame.PlaceX(p.Epoch)}" cy="{frame.PlaceY(p.Value!.Value)}" r="4"><title>{series.Name}, epoch {p.Epoch}: {Numerals.Text(p.Value)}</title></circle>""");
        return $"""<path class="curve {style}" d="{path}"/>{hints}""";
    }

    private static string Summary(IEnumerable<Series> series) => string.Join(" ", series.Select(s =>
    {
        var values = s.Values.OfType<double>().Where(double.IsFinite).ToList();
        return $"{s.Name}: from {Numerals.Text(values[0])} to {Numerals.Text(values[^1])}.";
    }));

    private static Markup Legend(List<Series> series, (int Epoch, string Words)? marked)
    {
        if (series.Count == 1 && marked is null)
        {
            return Markup.Empty;
        }

        var mark = marked is { } m ? (Markup)$"""<span class="key mark"></span>{m.Words}, {m.Epoch}""" : Markup.Empty;
        return $"""<p class="legend">{series.Select((s, i) => (Markup)$"""<span class="key {_styles[i]}"></span>{s.Name} """)}{mark}</p>""";
    }
}
