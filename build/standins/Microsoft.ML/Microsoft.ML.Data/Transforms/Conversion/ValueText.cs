using System.Globalization;

namespace Microsoft.ML.Data;

/// <summary>A value as text that can be read back: a key as its 0-based number, a missing one as nothing or "?".</summary>
internal static class ValueText
{
    public static string Of<T>(T value, PrimitiveDataViewType type)
    {
        if (type is KeyDataViewType { Count: var count })
        {
            ulong key = Convert.ToUInt64(value, CultureInfo.InvariantCulture);
            return key == 0 || key > count ? "" : (key - 1).ToString(CultureInfo.InvariantCulture);
        }

        return value switch
        {
            ReadOnlyMemory<char> text => text.ToString(),
            float number => float.IsNaN(number) ? "?" : number.ToString("R", CultureInfo.InvariantCulture),
            double number => double.IsNaN(number) ? "?" : number.ToString("G17", CultureInfo.InvariantCulture),
            bool flag => flag ? "1" : "0",
            TimeSpan span => span.ToString("c"),
            DateTime date => date.ToString("o"),
            DateTimeOffset date => date.ToString("o"),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }
}
