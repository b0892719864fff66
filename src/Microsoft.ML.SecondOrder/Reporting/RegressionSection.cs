namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>Predicted numbers beside true ones.</summary>
internal static class RegressionSection
{
    private const int MaximumPoints = 1500;
    private const int Bars = 31;

    /// <summary>So much at both ends of a distribution may lie outside a picture, so that a few absurd numbers do not shrink the rest to a dot.</summary>
    private const double Tail = 0.002;

    public static Markup Draw(RegressionEvaluation evaluation) => $"{evaluation.Targets.Select(t => Draw(t, evaluation.Targets.Count > 1))}";

    private static Markup Draw(TargetEvaluation target, bool isOneOfSeveral)
    {
        var figures = RegressionFigures.Of(target);
        var errors = target.Labels.Zip(target.Scores, (y, score) => (double)score - y).ToArray();
        Markup heading = isOneOfSeveral ? (Markup)$"<h3>{target.Name}</h3>" : Markup.Empty;
        return $"""
            {heading}
            {Cards.Of(
                ("R²", Numerals.Text(figures.RSquared), "1 is perfect, 0 no better than the mean"),
                ("Mean absolute error", Numerals.Text(figures.MeanAbsoluteError), "in the unit of the label"),
                ("Root mean squared error", Numerals.Text(figures.RootMeanSquaredError), "far misses count more"),
                ("Median absolute error", Numerals.Text(figures.MedianAbsoluteError), "half of the rows are closer"))}
            <div class="charts">{PredictedAndTrue(target)}{Residuals(target, errors)}{Histogram(errors)}</div>

            """;
    }

    private static Markup PredictedAndTrue(TargetEvaluation target)
    {
        var axis = Bulk(target.Labels.Concat(target.Scores).Select(v => (double)v));
        var frame = new ChartFrame { X = axis, Y = axis, XLabel = $"true {target.Name}", YLabel = "predicted" };
        var (points, outside) = Points(frame, target.Labels, target.Scores.Select(s => (double)s).ToArray());
        return frame.Draw("Predicted and true", $"Points near the diagonal are right. {Shown(points.Count, outside, target)}", $"{frame.Diagonal()}{points}", Note(points.Count, outside, target));
    }

    private static Markup Residuals(TargetEvaluation target, double[] errors)
    {
        var frame = new ChartFrame
        {
            X = Bulk(target.Scores.Select(s => (double)s)),
            Y = Bulk(errors),
            XLabel = $"predicted {target.Name}",
            YLabel = "predicted − true",
        };
        var (points, outside) = Points(frame, target.Scores, errors);
        var zero = frame.Y.Place(0) is >= 0 and <= 1 ? frame.Line(frame.X.Least, 0, frame.X.Most, 0, "guide") : Markup.Empty;
        return frame.Draw("Residuals", $"Points on the line at 0 are right. {Shown(points.Count, outside, target)}", $"{zero}{points}", Note(points.Count, outside, target));
    }

    private static Markup Histogram(double[] errors)
    {
        var x = Bulk(errors);
        var counts = new int[Bars];
        foreach (var error in errors.Where(e => x.Place(e) is >= 0 and <= 1))
        {
            counts[Math.Min((int)(x.Place(error) * Bars), Bars - 1)]++;
        }

        var frame = new ChartFrame { X = x, Y = Axis.Around([0, counts.Max()]), XLabel = "predicted − true", YLabel = "rows" };
        var width = (x.Most - x.Least) / Bars;
        var bars = counts.Select((c, i) => Bar(frame, x.Least + i * width, x.Least + (i + 1) * width, c));
        return frame.Draw("Distribution of the residuals", $"The median is {Numerals.Text(RegressionFigures.Quantile([.. errors.Order()], 0.5))}.", $"{bars}");
    }

    private static Markup Bar(ChartFrame frame, double from, double to, int count) => count == 0 ? Markup.Empty : $"""
        <rect class="bar" x="{frame.PlaceX(from) + 0.5}" y="{frame.PlaceY(count)}" width="{frame.PlaceX(to) - frame.PlaceX(from) - 1}" height="{frame.PlaceY(0) - frame.PlaceY(count)}"><title>{Numerals.Text(from)} to {Numerals.Text(to)}: {Numerals.Count(count)} rows</title></rect>
        """;

    /// <summary>At most <see cref="MaximumPoints"/> of the points, evenly over the rows, and how many of those lie outside the frame.</summary>
    private static (List<Markup> Points, int Outside) Points(ChartFrame frame, IReadOnlyList<float> x, IReadOnlyList<double> y)
    {
        var count = Math.Min(x.Count, MaximumPoints);
        var points = new List<Markup>(count);
        for (var i = 0; i < count; i++)
        {
            var row = (int)((long)i * x.Count / count);
            if (frame.X.Place(x[row]) is >= 0 and <= 1 && frame.Y.Place(y[row]) is >= 0 and <= 1)
            {
                points.Add($"""<circle class="point" cx="{frame.PlaceX(x[row])}" cy="{frame.PlaceY(y[row])}" r="1.6"/>""");
            }
        }

        return (points, count - points.Count);
    }

    private static Axis Bulk(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return Axis.Around([RegressionFigures.Quantile(sorted, Tail), RegressionFigures.Quantile(sorted, 1 - Tail)]);
    }

    private static string Shown(int points, int outside, TargetEvaluation target)
    {
        var all = points + outside < target.Labels.Count ? $" of {Numerals.Count(target.Labels.Count)}" : "";
        return $"{Numerals.Count(points)}{all} rows shown{(outside > 0 ? $", {Numerals.Count(outside)} lie outside" : "")}.";
    }

    private static Markup Note(int points, int outside, TargetEvaluation target) => $"""<p class="legend">{Shown(points, outside, target)}</p>""";
}
