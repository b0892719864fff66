using System.Globalization;

namespace Microsoft.ML.Data;

/// <summary>Reads a value from text; false for text that is no such value, and the value is then the type's missing or default value.</summary>
internal delegate bool TryParser<T>(ReadOnlyMemory<char> text, out T value);

/// <summary>Readers of every simple type and of keys.</summary>
internal static class TextParsing
{
    private static readonly Dictionary<Type, Delegate> s_parsers = new()
    {
        [typeof(sbyte)] = Signed<sbyte>(),
        [typeof(short)] = Signed<short>(),
        [typeof(int)] = Signed<int>(),
        [typeof(long)] = Signed<long>(),
        [typeof(byte)] = Unsigned<byte>(),
        [typeof(ushort)] = Unsigned<ushort>(),
        [typeof(uint)] = Unsigned<uint>(),
        [typeof(ulong)] = Unsigned<ulong>(),
        [typeof(bool)] = (TryParser<bool>)TryParse,
        [typeof(ReadOnlyMemory<char>)] = (TryParser<ReadOnlyMemory<char>>)((text, out value) =>
        {
            value = text;
            return true;
        }),
        [typeof(TimeSpan)] = Or((ReadOnlySpan<char> text, out TimeSpan value) => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value)),
        [typeof(DateTime)] = Or((ReadOnlySpan<char> text, out DateTime value) => DateTime.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value)),
        [typeof(DateTimeOffset)] = Or((ReadOnlySpan<char> text, out DateTimeOffset value) => DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value)),
    };

    private delegate bool SpanParser<T>(ReadOnlySpan<char> text, out T value);

    /// <summary>The reader of a type; of a key type, one that reads 0-based numbers and gives 0 (missing) for an empty text.</summary>
    public static TryParser<T> For<T>(PrimitiveDataViewType type) => For<T>(type, new NumberText());

    public static TryParser<T> For<T>(PrimitiveDataViewType type, NumberText numbers)
    {
        Delegate parser = type is KeyDataViewType key ? Key<T>(key.Count)
            : typeof(T) == typeof(float) ? (TryParser<float>)((text, out value) => TryParse(numbers, text.Span, out value))
            : typeof(T) == typeof(double) ? (TryParser<double>)((text, out value) => TryParse(numbers, text.Span, out value))
            : s_parsers[typeof(T)];
        return (TryParser<T>)parser;
    }

    private static bool TryParse(NumberText numbers, ReadOnlySpan<char> text, out float value)
    {
        if (numbers.TryParse(text, out value))
            return true;
        value = float.NaN;
        return NumberText.IsMissing(text);
    }

    private static bool TryParse(NumberText numbers, ReadOnlySpan<char> text, out double value)
    {
        if (numbers.TryParse(text, out value))
            return true;
        value = double.NaN;
        return NumberText.IsMissing(text);
    }

    private static TryParser<T> Key<T>(ulong count)
    {
        var narrow = Conversions.Find<ulong, T>();
        return (text, out value) =>
        {
            value = default;
            if (text.IsEmpty || NumberText.IsMissing(text.Span))
                return true;
            if (!TryParseDigits(text.Span, out ulong number) || number >= count)
                return false;
            number++;
            narrow(in number, ref value);
            return true;
        };
    }

    /// <summary>Only digits, at most as many as fit.</summary>
    private static bool TryParseDigits(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        return !text.ContainsAnyExceptInRange('0', '9') && (text.IsEmpty || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value));
    }

    private static TryParser<T> Unsigned<T>() where T : System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T> => (text, out value) =>
    {
        bool ok = !text.IsEmpty & TryParseDigits(text.Span, out ulong number) && number <= ulong.CreateChecked(T.MaxValue);
        value = ok ? T.CreateTruncating(number) : T.Zero;
        return ok;
    };

    private static TryParser<T> Signed<T>() where T : System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T> => (text, out value) =>
    {
        var span = text.Span;
        bool negative = span.StartsWith("-");
        if (negative)
            span = span[1..];
        ulong limit = ulong.CreateChecked(T.MaxValue) + (negative ? 1u : 0u);
        bool ok = TryParseDigits(span, out ulong number) && !(negative && span.IsEmpty) && number <= limit;
        value = !ok ? T.Zero : negative ? T.CreateTruncating(unchecked(-(long)number)) : T.CreateTruncating(number);
        return ok;
    };

    private static TryParser<T> Or<T>(SpanParser<T> parse) => (text, out value) =>
    {
        value = default;
        return text.IsEmpty || parse(text.Span, out value);
    };

    private static bool TryParse(ReadOnlyMemory<char> text, out bool value)
    {
        Span<char> lower = stackalloc char[5];
        value = false;
        if (text.Length > lower.Length)
            return false;
        lower = lower[..text.Span.ToLowerInvariant(lower)];
        value = lower is "t" or "y" or "1" or "+" or "+1" or "yes" or "true";
        return value || lower is "" or "f" or "n" or "0" or "-" or "no" or "-1" or "false";
    }
}
