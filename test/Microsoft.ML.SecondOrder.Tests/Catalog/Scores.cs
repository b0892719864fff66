using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Reads all that a trainer's transformer adds to a row, bit by bit.</summary>
public static class Scores
{
    private static readonly string[] Names = ["PredictedLabel", "Score", "Probability"];

    /// <summary>One text a row; equal texts mean equal bits.</summary>
    public static string[] Of(IDataView scored)
    {
        using var cursor = scored.GetRowCursor(Columns(scored.Schema));
        return Read(cursor);
    }

    /// <summary>The rest of the rows of a cursor.</summary>
    public static string[] Read(DataViewRowCursor cursor)
    {
        var getters = Columns(cursor.Schema).Select(c => Getter(cursor, c)).ToArray();
        var rows = new List<string>();
        while (cursor.MoveNext())
        {
            rows.Add(string.Join('|', getters.Select(g => g())));
        }

        return [.. rows];
    }

    public static DataViewSchema.Column[] Columns(DataViewSchema schema) =>
        [.. Names.Select(n => schema.GetColumnOrNull(n)).OfType<DataViewSchema.Column>()];

    public static Func<string> Getter(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType => Getter<VBuffer<float>>(row, column, v => string.Join(' ', v.DenseValues().Select(Bits))),
        KeyDataViewType => Getter<uint>(row, column, v => v.ToString()),
        BooleanDataViewType => Getter<bool>(row, column, v => v.ToString()),
        _ => Getter<float>(row, column, Bits),
    };

    /// <summary>Whether every number among the scores of a row is finite.</summary>
    public static bool AreFinite(string row) => row.Split('|', ' ')
        .Where(t => t.Length == 8)
        .All(t => float.IsFinite(BitConverter.UInt32BitsToSingle(Convert.ToUInt32(t, 16))));

    private static string Bits(float value) => BitConverter.SingleToUInt32Bits(value).ToString("x8");

    private static Func<string> Getter<T>(DataViewRow row, DataViewSchema.Column column, Func<T, string> text)
    {
        var getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return text(value);
        };
    }
}
