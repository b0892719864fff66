using System.Globalization;
using Microsoft.ML.SecondOrder.Reporting;

namespace Microsoft.ML.SecondOrder.Tests.Reporting;

public sealed class MarkupTests
{
    [Theory]
    [InlineData("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;")]
    [InlineData("a & b \"c\"", "a &amp; b &quot;c&quot;")]
    [InlineData("Größe ½", "Gr&#246;&#223;e &#189;")]
    [InlineData("up\u202Edown\0", "up\uFFFDdown\uFFFD")]
    [InlineData(null, "")]
    public void Text_is_escaped(string? text, string expected)
    {
        Markup piece = $"<b title=\"{text}\">{text}</b>";

        Assert.Equal($"<b title=\"{expected}\">{expected}</b>", piece.ToString());
    }

    [Fact]
    public void Pieces_go_in_as_they_are_and_numbers_are_invariant()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("de-DE");
        try
        {
            Markup cell = $"<td>{1.5}</td>";
            Markup row = $"<tr>{new[] { cell, cell }}{12345}</tr>";

            Assert.Equal("<tr><td>1.5</td><td>1.5</td>12345</tr>", row.ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.98764, "−0.9876")]
    [InlineData(1234.56, "1,234.6")]
    [InlineData(0.00001234, "1.234e−5")]
    [InlineData(3e20, "3e20")]
    [InlineData(double.NaN, "–")]
    [InlineData(null, "–")]
    [InlineData(double.NegativeInfinity, "−∞")]
    public void Numbers_are_short(double? value, string expected) => Assert.Equal(expected, Numerals.Text(value));
}
