using System.Globalization;

namespace Microsoft.ML.Data;

/// <summary>Reads numbers from text as ML.NET does: invariant, with any white space around, an empty text as zero, "?" as NaN.</summary>
/// <remarks>
/// A Single is the product of the digits and a power of ten, both as Double, rounded once: now and then one bit away from the
/// nearest value, and the same bit as ML.NET.
/// </remarks>
internal readonly struct NumberText(bool comma = false, bool emptyIsNaN = false)
{
    private const ulong Full = (ulong.MaxValue - 9) / 10;
    private const char InfinitySign = '\u221E';

    private static readonly double[] s_powers = Enumerable.Range(0, 309).Select(n => double.Parse($"1e{n}", CultureInfo.InvariantCulture)).ToArray();
    private static readonly double[] s_inverses = Enumerable.Range(0, 324).Select(n => double.Parse($"1e-{n}", CultureInfo.InvariantCulture)).ToArray();

    private readonly char _point = comma ? ',' : '.';

    public NumberText() : this(false)
    {
    }

    /// <summary>False, and the value undefined, for anything but a number.</summary>
    public bool TryParse(ReadOnlySpan<char> text, out float value)
    {
        text = text.Trim();
        if (text.IsEmpty)
        {
            value = emptyIsNaN ? float.NaN : 0;
            return true;
        }

        if (!TryScan(text, out var digits, out int used))
            return TryParseSpecial(text, out value);
        value = (float)digits.Product();
        return used == text.Length;
    }

    public bool TryParse(ReadOnlySpan<char> text, out double value)
    {
        text = text.Trim();
        if (text.IsEmpty)
        {
            value = emptyIsNaN ? double.NaN : 0;
            return true;
        }

        if (!TryScan(text, out var digits, out int used))
        {
            bool special = TryParseSpecial(text, out float single);
            value = single;
            return special;
        }

        value = digits.Nearest(text[..used], _point);
        return used == text.Length;
    }

    /// <summary>"?", "NA", "N/A" or "NaN": a missing value, spelled out.</summary>
    public static bool IsMissing(ReadOnlySpan<char> text) => text.Length switch
    {
        1 => text[0] == '?',
        2 => text.Equals("NA", StringComparison.OrdinalIgnoreCase),
        3 => text.Equals("N/A", StringComparison.OrdinalIgnoreCase) || text.Equals("NaN", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static bool TryParseSpecial(ReadOnlySpan<char> text, out float value)
    {
        value = text switch
        {
            "?" or "NaN" => float.NaN,
            "Infinity" => float.PositiveInfinity,
            "-Infinity" => float.NegativeInfinity,
            [InfinitySign] => float.PositiveInfinity,
            ['-', InfinitySign] => float.NegativeInfinity,
            _ => 0,
        };
        return value != 0;
    }

    /// <summary>Reads sign, digits, point and exponent; <paramref name="used"/> says how far the number goes.</summary>
    private bool TryScan(ReadOnlySpan<char> text, out Digits digits, out int used)
    {
        digits = default;
        used = 0;
        int i = text[0] is '-' or '+' ? 1 : 0;
        digits.Negative = text[0] == '-';
        bool any = false, afterPoint = false;
        for (; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit > 9)
            {
                // A sign must be followed by a digit or by the point.
                if (text[i] != _point || afterPoint)
                    break;
                afterPoint = true;
                continue;
            }

            any = true;
            if (digits.Number < Full)
            {
                digits.Number = 10 * digits.Number + digit;
                if (afterPoint)
                    digits.Exponent--;
            }
            else if (!afterPoint)
            {
                digits.Exponent++;
            }
        }

        if (!any)
            return false;
        used = i;
        if (i < text.Length && text[i] is 'e' or 'E')
            ScanExponent(text, i + 1, ref digits, ref used);
        return true;
    }

    private static void ScanExponent(ReadOnlySpan<char> text, int i, ref Digits digits, ref int used)
    {
        bool negative = i < text.Length && text[i] == '-';
        if (i < text.Length && text[i] is '-' or '+')
            i++;
        long exponent = 0;
        int first = i;
        for (; i < text.Length && (uint)text[i] - '0' <= 9; i++)
        {
            if (exponent < int.MaxValue)
                exponent = 10 * exponent + (text[i] - '0');
        }

        // "1e" is the number 1 and something else after it.
        if (i > first)
        {
            digits.Exponent += negative ? -exponent : exponent;
            used = i;
        }
    }

    private struct Digits
    {
        public bool Negative;
        public ulong Number;
        public long Exponent;

        public readonly double Product()
        {
            double value = Number == 0 ? 0
                : Exponent >= s_powers.Length ? double.PositiveInfinity
                : -Exponent >= s_inverses.Length ? 0
                : Number * (Exponent >= 0 ? s_powers[Exponent] : s_inverses[-Exponent]);
            return Negative ? -value : value;
        }

        public readonly double Nearest(ReadOnlySpan<char> text, char point)
        {
            double value;
            if (Number == 0)
                value = 0;
            else if (Exponent is >= -22 and <= 22 && Number < 1UL << 53)
                value = Exponent >= 0 ? Number * s_powers[Exponent] : Number / s_powers[-Exponent];
            else
                return double.Parse(point == ',' ? text.ToString().Replace(',', '.') : text, NumberStyles.Float, CultureInfo.InvariantCulture);
            return Negative ? -value : value;
        }
    }
}
