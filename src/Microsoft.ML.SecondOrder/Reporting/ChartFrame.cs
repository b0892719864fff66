namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>A picture with two axes. Its user unit is a pixel at the width of a phone; wider pages enlarge it.</summary>
internal sealed record ChartFrame
{
    private const double Width = 360;
    private const double Height = 230;
    private const double Left = 50;
    private const double Right = 18;
    private const double Top = 10;
    private const double Bottom = 38;

    public required Axis X { get; init; }

    public required Axis Y { get; init; }

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    public double PlaceX(double x) => Left + X.Place(x) * (Width - Left - Right);

    public double PlaceY(double y) => Height - Bottom - Y.Place(y) * (Height - Top - Bottom);

    /// <summary>The axes with <paramref name="body"/> between them, under a heading.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="summary">What the picture shows, for those who cannot see it.</param>
    /// <param name="body">Marks at places of this frame.</param>
    /// <param name="legend">Goes under the picture.</param>
    public Markup Draw(string title, string summary, Markup body, Markup? legend = null) => $"""
        <figure>
        <figcaption>{title}</figcaption>
        <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}. {summary}">
        {Y.Ticks().Select(YTick)}{X.Ticks().Select(XTick)}
        <text class="axis" x="{(Left + Width - Right) / 2}" y="{Height - 4}" text-anchor="middle">{XLabel}</text>
        <text class="axis" transform="translate(11 {(Top + Height - Bottom) / 2}) rotate(-90)" text-anchor="middle">{YLabel}</text>
        {body}
        </svg>
        {legend ?? Markup.Empty}
        </figure>

        """;

    /// <summary>A straight line between two points.</summary>
    public Markup Line(double x1, double y1, double x2, double y2, string style) =>
        $"""<line class="{style}" x1="{PlaceX(x1)}" y1="{PlaceY(y1)}" x2="{PlaceX(x2)}" y2="{PlaceY(y2)}"/>""";

    /// <summary>The line y = x, as far as it lies within both axes.</summary>
    public Markup Diagonal()
    {
        var (from, to) = (Math.Max(X.Least, Y.Least), Math.Min(X.Most, Y.Most));
        return from < to ? Line(from, from, to, to, "guide") : Markup.Empty;
    }

    private Markup YTick(double y) => $"""
        {Line(X.Least, y, X.Most, y, "grid")}<text class="tick" x="{Left - 5}" y="{PlaceY(y) + 3.5}" text-anchor="end">{Numerals.Text(y)}</text>

        """;

    private Markup XTick(double x) => $"""
        <line class="grid" x1="{PlaceX(x)}" y1="{Height - Bottom}" x2="{PlaceX(x)}" y2="{Height - Bottom + 3}"/><text class="tick" x="{PlaceX(x)}" y="{Height - Bottom + 14}" text-anchor="middle">{Numerals.Text(x)}</text>

        """;
}
