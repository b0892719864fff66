namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>
/// One HTML file: no script, nothing from elsewhere (and a policy that forbids both), light and dark, readable on a phone, on
/// paper and by a screen reader. The same facts make the same bytes.
/// </summary>
internal static class Page
{
    /// <param name="title">The heading.</param>
    /// <param name="summary">Under it.</param>
    /// <param name="sections">With the names of their places; those without content are left out.</param>
    public static string Render(string title, string summary, IEnumerable<(string Id, string Title, Markup Content)> sections)
    {
        var shown = sections.Where(s => s.Content.ToString().Length > 0).ToList();
        Markup page = $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <style>
            {Stylesheet.Text}
            </style>
            </head>
            <body>
            <header><h1>{title}</h1>
            <p>{summary}</p>
            <nav aria-label="Sections">{shown.Select(s => (Markup)$"""<a href="#{s.Id}">{s.Title}</a> """)}</nav>
            </header>
            <main>
            {shown.Select(s => s.Content)}
            </main>
            </body>
            </html>

            """;
        return page.ToString();
    }
}
