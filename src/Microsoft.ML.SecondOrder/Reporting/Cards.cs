namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>A row of large numbers.</summary>
internal static class Cards
{
    public static Markup Of(params (string Name, string Value, string Meaning)[] cards) => $"""
        <dl class="cards">{cards.Select(c => (Markup)$"<div><dt>{c.Name}</dt><dd><strong>{c.Value}</strong><small>{c.Meaning}</small></dd></div>")}</dl>

        """;
}
