using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>
/// A piece of HTML, made from an interpolated string: <c>Markup cell = $"&lt;td&gt;{name}&lt;/td&gt;"</c>. Text in braces is
/// escaped, numbers are written in the invariant culture, other pieces go in as they are. There is no other way to make one, so
/// that no name of a column can end up as a tag.
/// </summary>
[InterpolatedStringHandler]
internal sealed class Markup
{
    private readonly StringBuilder _html;

    public Markup(int literalLength, int formattedCount) => _html = new StringBuilder(literalLength + 16 * formattedCount);

    public static Markup Empty => $"";

    public void AppendLiteral(string html) => _html.Append(html);

    /// <summary>Text, safe between tags and in quoted attributes.</summary>
    public void AppendFormatted(string? text) => _html.Append(WebUtility.HtmlEncode(text is null ? null : Visible(text)));

    public void AppendFormatted(int number) => _html.Append(number.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(long number) => _html.Append(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A coordinate or another number for machines; numbers for readers come from <see cref="Numerals"/>.</summary>
    public void AppendFormatted(double number) => _html.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

    public void AppendFormatted(Markup piece) => _html.Append(piece._html);

    public void AppendFormatted(IEnumerable<Markup> pieces)
    {
        foreach (var piece in pieces)
        {
            AppendFormatted(piece);
        }
    }

    public override string ToString() => _html.ToString();

    /// <summary>Without characters that turn the direction of text around or that no page may hold.</summary>
    private static string Visible(string text) =>
        text.Any(IsHidden) ? string.Concat(text.Select(c => IsHidden(c) ? '\uFFFD' : c)) : text;

    private static bool IsHidden(char c) =>
        (char.IsControl(c) && c is not ('\n' or '\t')) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
