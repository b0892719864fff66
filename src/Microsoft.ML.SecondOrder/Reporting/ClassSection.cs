namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>Predicted classes beside true ones.</summary>
internal static class ClassSection
{
    /// <summary>Of more classes than this, only the most frequent confusions are shown.</summary>
    private const int MaximumClasses = 25;

    private const int MaximumConfusions = 25;

    public static Markup Draw(ClassEvaluation evaluation)
    {
        var figures = ClassFigures.Of(evaluation);
        var calibration = Calibration.Of(evaluation);
        var second = evaluation.IsBinary
            ? ("Area under the ROC curve", Numerals.Text(figures.AreaUnderRocCurve), "1 is perfect, 0.5 a coin")
            : ("Macro accuracy", Numerals.Percent(figures.MacroAccuracy), "every class counts the same");
        return $"""
            {Cards.Of(
                ("Accuracy", Numerals.Percent(figures.Accuracy), "rows predicted right"),
                second,
                ("Cross-entropy", Numerals.Text(figures.CrossEntropy), "nats; 0 is perfect"),
                ("Calibration error", Numerals.Percent(calibration.ExpectedError), "expected, over ten bins"))}
            {(evaluation.Classes.Count <= MaximumClasses ? Matrix(evaluation.Classes, figures.Confusion) : Worst(evaluation.Classes, figures.Confusion))}
            <div class="charts">{Curve(calibration, evaluation)}</div>
            {Tables.Folded("Calibration as numbers", Tables.Of(
                "Calibration", ["Predicted", "Came true", "Rows"],
                calibration.Bins.Select(b => Tables.Row(Numerals.Percent(b.Probability), [Numerals.Percent(b.Share), Numerals.Count(b.Rows)]))))}
            """;
    }

    private static Markup Matrix(IReadOnlyList<string> classes, int[,] confusion)
    {
        var rows = classes.Select((name, t) =>
        {
            var total = Math.Max(1, classes.Select((_, p) => confusion[t, p]).Sum());
            IEnumerable<Markup> cells = classes.Select((_, p) => Cell(confusion[t, p], confusion[t, p] / (double)total, t == p));
            return Tables.Row(name, cells.Append((Markup)$"<td>{Numerals.Percent(ClassFigures.Recall(confusion, t))}</td>"));
        });
        var precision = Tables.Row("precision", [.. classes.Select((_, p) => Numerals.Percent(ClassFigures.Precision(confusion, p))), ""]);
        return $"""
            <h3>Confusion matrix</h3>
            <div class="confusion">{Tables.Of("Rows: the true class. Columns: the predicted one.", ["true \\ predicted", .. classes, "recall"], rows.Append(precision))}</div>
            """;
    }

    private static Markup Cell(int count, double share, bool isRight) => count == 0
        ? $"""<td class="none">0</td>"""
        : (Markup)$"""<td class="{(isRight ? "right" : "wrong")}" style="--share:{Math.Ceiling(60 * share)}%">{Numerals.Count(count)}</td>""";

    private static Markup Worst(IReadOnlyList<string> classes, int[,] confusion)
    {
        var worst = from t in Enumerable.Range(0, classes.Count)
                    from p in Enumerable.Range(0, classes.Count)
                    where t != p && confusion[t, p] > 0
                    orderby confusion[t, p] descending, t, p
                    select Tables.Row(classes[t], [classes[p], Numerals.Count(confusion[t, p]), Numerals.Percent(ClassFigures.Recall(confusion, t))]);
        return $"""
            <h3>Most frequent confusions of {classes.Count} classes</h3>
            {Tables.Of("What was taken for what", ["True class", "Predicted", "Rows", "Recall of the true class"], worst.Take(MaximumConfusions))}
            """;
    }

    private static Markup Curve(Calibration calibration, ClassEvaluation evaluation)
    {
        var what = evaluation.IsBinary ? evaluation.Classes[1] : "the predicted class";
        var frame = new ChartFrame { X = new Axis(0, 1), Y = new Axis(0, 1), XLabel = $"predicted probability of {what}", YLabel = "share that came true" };
        var line = calibration.Bins.Select((b, i) => (Markup)$"{(i == 0 ? "M" : "L")}{frame.PlaceX(b.Probability)} {frame.PlaceY(b.Share)}");
        var most = calibration.Bins.Max(b => b.Rows);
        var points = calibration.Bins.Select(b => (Markup)$"""
            <circle class="dot" cx="{frame.PlaceX(b.Probability)}" cy="{frame.PlaceY(b.Share)}" r="{2 + 5 * Math.Sqrt(b.Rows / (double)most)}"><title>{Numerals.Percent(b.Probability)} predicted, {Numerals.Percent(b.Share)} came true, {Numerals.Count(b.Rows)} rows</title></circle>
            """);
        return frame.Draw(
            "Calibration",
            $"Points near the diagonal are honest. The expected error is {Numerals.Percent(calibration.ExpectedError)}.",
            $"""{frame.Diagonal()}<path class="curve first" d="{line}"/>{points}""",
            $"""<p class="legend">Larger points stand for more rows; on the diagonal, what is called 80 % probable comes true in 80 % of the cases.</p>""");
    }
}
