namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>How a report looks.</summary>
internal static class Stylesheet
{
    /// <summary>Colours by role, so that light and dark differ in one place; blue and orange, which hardly anyone confuses.</summary>
    public static Markup Text => $$"""
        :root { --page: #ffffff; --text: #1c2330; --soft: #566074; --line: #d9dee7; --card: #f4f6fa; --first: #1f5fbf; --second: #b4500f; --third: #2c7a4b; --right: #7fb2ff; --wrong: #ffb27f; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #12161e; --text: #e8ecf3; --soft: #a3adbf; --line: #323a49; --card: #1b212c; --first: #79aeff; --second: #ffa366; --third: #6fd39a; --right: #1f5fbf; --wrong: #a0480f; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 70rem; padding: 1.5rem clamp(0.8rem, 3vw, 2rem) 4rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
        h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; }
        h2 { margin: 2.2rem 0 0.4rem; padding-top: 0.9rem; border-top: 1px solid var(--line); font-size: 1.25rem; }
        h3 { margin: 1.4rem 0 0.4rem; font-size: 1.05rem; }
        p { margin: 0.4rem 0; max-width: 46rem; }
        header p, small, .legend { color: var(--soft); }
        nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; margin-top: 0.6rem; }
        a { color: var(--first); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 8.7rem), 1fr)); gap: 0.7rem; margin: 0.9rem 0; }
        .cards div { padding: 0.7rem 0.9rem; border-radius: 0.5rem; background: var(--card); }
        .cards dt { color: var(--soft); font-size: 0.9rem; }
        .cards dd { margin: 0; }
        .cards strong { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 1.2rem 1.6rem; margin: 0.9rem 0; }
        figure { margin: 0; max-width: 34rem; }
        figcaption { font-weight: 600; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--soft); }
        svg .tick { font-size: 10px; font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .guide { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 3; }
        line.mark { stroke: var(--third); stroke-width: 1.5; stroke-dasharray: 2 3; }
        .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .curve.first { stroke: var(--first); }
        .curve.second { stroke: var(--second); stroke-dasharray: 6 3; }
        .curve.third { stroke: var(--third); stroke-dasharray: 2 3; }
        .hint { fill: transparent; }
        .hint.first:hover { fill: var(--first); }
        .hint.second:hover { fill: var(--second); }
        .hint.third:hover { fill: var(--third); }
        .point { fill: var(--first); fill-opacity: 0.45; }
        .dot, rect.bar { fill: var(--first); }
        .whisker { stroke: var(--first); stroke-width: 1.5; stroke-opacity: 0.6; }
        .legend { margin: 0.1rem 0 0; font-size: 0.87rem; }
        .key { display: inline-block; width: 1.4rem; margin: 0 0.35rem 0.25rem 0.7rem; border-top: 2px solid var(--first); }
        .key:first-child { margin-left: 0; }
        .key.second { border-top: 2px dashed var(--second); }
        .key.third { border-top: 2px dotted var(--third); }
        .key.mark { border-top: 2px dotted var(--third); }
        .scroll { overflow-x: auto; margin: 0.6rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.93rem; overflow-wrap: normal; }
        caption { text-align: left; color: var(--soft); font-size: 0.87rem; padding-bottom: 0.2rem; }
        th, td { padding: 0.25rem 0.7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
        th { font-weight: 600; }
        td { white-space: nowrap; }
        th[scope=row], th:first-child { text-align: left; overflow-wrap: break-word; }
        .pairs td { text-align: left; overflow-wrap: anywhere; white-space: pre-line; }
        .pairs th { overflow-wrap: anywhere; min-width: 7rem; }
        .pairs caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .confusion td { min-width: 2.6rem; border: 1px solid var(--page); }
        .right { background: color-mix(in srgb, var(--right) var(--share), var(--page)); }
        .wrong { background: color-mix(in srgb, var(--wrong) max(20%, var(--share)), var(--page)); }
        .none { color: var(--soft); }
        td.bar { min-width: 14rem; text-align: left; white-space: nowrap; }
        td.bar span { display: inline-block; width: calc(0.7 * var(--share)); height: 0.8rem; margin-right: 0.5rem; border-radius: 0.15rem; background: var(--first); vertical-align: -0.05rem; }
        details { margin: 0.6rem 0; }
        summary { cursor: pointer; color: var(--first); }
        :focus-visible { outline: 2px solid var(--first); outline-offset: 2px; }
        @media print { nav, details:not([open]) { display: none; } figure, tr { break-inside: avoid; } }
        """;
}
