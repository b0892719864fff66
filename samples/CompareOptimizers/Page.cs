using System.Text;

namespace CompareOptimizers;

/// <summary>One HTML page with two charts: loss against steps, and against seconds, on a logarithmic axis.</summary>
internal static class Page
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Margin = 50;

    public static string Of(IReadOnlyList<Curve> curves)
    {
        var page = new StringBuilder("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Optimizers compared</title>")
            .Append("<style>body{font-family:sans-serif;max-width:60em;margin:2em auto}path{fill:none;stroke-width:1.5}text{font-size:11px}.key{display:inline-block;margin-right:1em}</style></head><body>")
            .Append("<h1>Optimizers compared</h1><p>Three arms of a spiral, network 2-24-24-3, one start. The loss is drawn on a logarithmic axis.</p>");
        page.Append("<h2>Loss against steps</h2>").Append(Chart(curves, c => [.. Enumerable.Range(1, c.Losses.Count).Select(s => (double)s)]));
        page.Append("<h2>Loss against seconds</h2>").Append(Chart(curves, c => c.Seconds));
        page.Append("<p>");
        for (var i = 0; i < curves.Count; i++)
        {
            page.Append($"<span class=\"key\" style=\"color:{Color(i, curves.Count)}\">{curves[i].Name} {curves[i].Losses[^1]:G3}</span>");
        }

        return page.Append("</p></body></html>").ToString();
    }

    private static string Chart(IReadOnlyList<Curve> curves, Func<Curve, IReadOnlyList<double>> along)
    {
        var losses = curves.SelectMany(c => c.Losses).Where(l => l > 0 && double.IsFinite(l)).ToList();
        var (low, high) = (Math.Floor(Math.Log10(losses.Min())), Math.Ceiling(Math.Log10(losses.Max())));
        var end = curves.Max(c => along(c)[^1]);
        double X(double value) => Margin + ((Width - (2 * Margin)) * value / end);
        double Y(double loss) => Height - Margin - ((Height - (2 * Margin)) * (Math.Log10(Math.Max(loss, 1e-300)) - low) / (high - low));

        var chart = new StringBuilder($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">");
        for (var power = low; power <= high; power++)
        {
            var y = Y(Math.Pow(10, power));
            chart.Append($"<line x1=\"{Margin}\" x2=\"{Width - Margin}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"#ddd\"/><text x=\"5\" y=\"{y + 4:F1}\">1e{power}</text>");
        }

        chart.Append($"<text x=\"{Width - Margin}\" y=\"{Height - 30}\" text-anchor=\"end\">{end:G3}</text>");
        for (var i = 0; i < curves.Count; i++)
        {
            var places = along(curves[i]).Zip(curves[i].Losses).Where(p => p.Second > 0 && double.IsFinite(p.Second)).Select(p => $"{X(p.First):F1} {Y(p.Second):F1}");
            chart.Append($"<path d=\"M{string.Join(" L", places)}\" stroke=\"{Color(i, curves.Count)}\"><title>{curves[i].Name}</title></path>");
        }

        return chart.Append("</svg>").ToString();
    }

    private static string Color(int number, int count) => $"hsl({360 * number / count},70%,{(number % 2 == 0 ? 35 : 50)}%)";
}
