namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>Tables that scroll sideways by themselves on narrow pages.</summary>
internal static class Tables
{
    /// <param name="caption">What the table is.</param>
    /// <param name="headings">Of the columns.</param>
    /// <param name="rows">From <see cref="Row(string, IEnumerable{string})"/>.</param>
    public static Markup Of(string caption, IReadOnlyList<string> headings, IEnumerable<Markup> rows) => $"""
        <div class="scroll" tabindex="0" role="group" aria-label="{caption}"><table>
        <caption>{caption}</caption>
        <thead><tr>{headings.Select(h => (Markup)$"""<th scope="col">{h}</th>""")}</tr></thead>
        <tbody>
        {rows}</tbody>
        </table></div>

        """;

    /// <summary>A row whose first cell names it.</summary>
    public static Markup Row(string name, IEnumerable<string> cells) => Row(name, cells.Select(c => (Markup)$"<td>{c}</td>"));

    /// <summary>A row whose first cell names it.</summary>
    public static Markup Row(string name, IEnumerable<Markup> cells) => $"""
        <tr><th scope="row">{name}</th>{cells}</tr>

        """;

    /// <summary>Names and values.</summary>
    public static Markup Pairs(string caption, IEnumerable<KeyValuePair<string, string>> pairs) => $"""
        <div class="scroll" tabindex="0" role="group" aria-label="{caption}"><table class="pairs">
        <caption>{caption}</caption>
        <tbody>
        {pairs.Select(p => Row(p.Key, [p.Value]))}</tbody>
        </table></div>

        """;

    /// <summary>Something to unfold.</summary>
    public static Markup Folded(string title, Markup content) => $"""
        <details><summary>{title}</summary>
        {content}</details>

        """;

    /// <summary>A cell with a bar of a share of its width.</summary>
    public static Markup BarCell(double share, string text) =>
        $"""<td class="bar"><span style="--share:{100 * Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1)}%"></span>{text}</td>""";
}
