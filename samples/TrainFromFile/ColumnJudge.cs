using System.Globalization;

namespace TrainFromFile;

/// <summary>Finds out what a column holds from its first values.</summary>
internal static class ColumnJudge
{
    /// <summary>A text column with more different values than this is no category.</summary>
    private const int MostCategories = 100;

    private const int FewCategories = 10;
    private const double WordsOfText = 2.5;
    private static readonly string[] _missing = ["", "?", "na", "n/a", "nan", "null", "none"];

    public static bool IsMissing(string value) => _missing.Contains(value.Trim(), StringComparer.OrdinalIgnoreCase);

    public static bool IsNumber(string value) =>
        float.TryParse(value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number);

    /// <param name="values">Of the rows, in the file's order.</param>
    public static (ColumnKind Kind, string Why) Judge(IReadOnlyList<string> values)
    {
        var present = values.Where(v => !IsMissing(v)).Select(v => v.Trim()).ToList();
        var distinct = present.Distinct(StringComparer.Ordinal).Count();
        if (distinct <= 1)
        {
            return (ColumnKind.Ignored, distinct == 0 ? "it is empty" : "it holds the same value in every row");
        }

        if (present.TrueForAll(IsNumber))
        {
            return CountsRows(present) ? (ColumnKind.Ignored, "it numbers the rows") : (ColumnKind.Number, $"{distinct} different numbers");
        }

        if (distinct <= FewCategories || (distinct <= MostCategories && distinct <= present.Count / 4))
        {
            return (ColumnKind.Category, $"{distinct} different values");
        }

        if (present.TrueForAll(v => DateTime.TryParse(v, CultureInfo.InvariantCulture, out _)))
        {
            return (ColumnKind.Ignored, "it holds dates; put what matters of them into columns of their own");
        }

        var words = present.Average(v => v.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        return words >= WordsOfText
            ? (ColumnKind.Text, string.Create(CultureInfo.InvariantCulture, $"{words:F0} words a row"))
            : (ColumnKind.Ignored, $"it holds {distinct} different names in {present.Count} rows");
    }

    private static bool CountsRows(List<string> values)
    {
        const int Enough = 20;
        return values.Count >= Enough
            && values.TrueForAll(v => long.TryParse(v, CultureInfo.InvariantCulture, out _))
            && values.Zip(values.Skip(1), (a, b) => long.Parse(b, CultureInfo.InvariantCulture) - long.Parse(a, CultureInfo.InvariantCulture)).All(step => step == 1);
    }
}
