namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>A point with a name and a short mark beside it, and how uncertain its height is.</summary>
internal sealed record ChartPoint(string Name, string Mark, double X, double Y, double StandardError);

/// <summary>Points with bars.</summary>
internal static class PointChart
{
    /// <param name="title">The heading.</param>
    /// <param name="x">What goes to the right.</param>
    /// <param name="y">What goes up.</param>
    /// <param name="points">Those that are not finite are left out.</param>
    /// <param name="mayBeLogarithmic">Whether equal ratios may take equal room to the right.</param>
    /// <param name="axis">To the right; null for one that holds the points.</param>
    public static Markup Draw(string title, string x, string y, IReadOnlyList<ChartPoint> points, bool mayBeLogarithmic = false, Axis? axis = null)
    {
        var shown = points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToList();
        if (shown.Count == 0)
        {
            return Markup.Empty;
        }

        double Bar(ChartPoint point) => double.IsFinite(point.StandardError) ? point.StandardError : 0;
        var frame = new ChartFrame
        {
            X = axis ?? Axis.Around(shown.Select(p => p.X), mayBeLogarithmic),
            Y = Axis.Around(shown.SelectMany(p => new[] { p.Y - Bar(p), p.Y + Bar(p) })),
            XLabel = x,
            YLabel = y,
        };
        var marks = shown.Select(p =>
            (Markup)$"""{frame.Line(p.X, p.Y - Bar(p), p.X, p.Y + Bar(p), "whisker")}<circle class="dot" cx="{frame.PlaceX(p.X)}" cy="{frame.PlaceY(p.Y)}" r="4"><title>{p.Name}: {Numerals.Text(p.Y)}, {x} {Numerals.Text(p.X)}</title></circle><text class="tick" x="{frame.PlaceX(p.X) + 6}" y="{frame.PlaceY(p.Y) - 4}">{p.Mark}</text>""");
        return frame.Draw(title, string.Join(" ", shown.Select(p => $"{p.Name}: {Numerals.Text(p.Y)} at {Numerals.Text(p.X)}.")), $"{marks}");
    }
}
