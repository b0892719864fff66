using System.Globalization;

namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>Numbers as a reader wants to see them, the same in every culture.</summary>
internal static class Numerals
{
    /// <summary>Four digits, or a power of ten where that says more; a dash for what is no number.</summary>
    public static string Text(double? value) => value switch
    {
        null or double.NaN => "–",
        double.PositiveInfinity => "∞",
        double.NegativeInfinity => "−∞",
        0 => "0",
        { } v when Math.Abs(v) is >= 1e7 or < 1e-3 => Sign(v.ToString("0.###e0", CultureInfo.InvariantCulture)),
        { } v when Math.Abs(v) >= 1000 => Sign(v.ToString("#,0.#", CultureInfo.InvariantCulture)),
        { } v => Sign(v.ToString("G4", CultureInfo.InvariantCulture)),
    };

    /// <summary>A count, with commas between thousands.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share of 1 as a percentage.</summary>
    public static string Percent(double share) =>
        double.IsNaN(share) ? "–" : Sign((100 * share).ToString("0.0#", CultureInfo.InvariantCulture)) + "\u202F%";

    private static string Sign(string number) => number.Replace('-', '−');
}
