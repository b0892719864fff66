using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Reads columns of a view in full.</summary>
internal static class Rows
{
    public static T[] Column<T>(this IDataView data, string name)
    {
        var column = data.Schema[name];
        var values = new List<T>();
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<T>(column);
        while (cursor.MoveNext())
        {
            var value = default(T)!;
            getter(ref value);
            values.Add(value);
        }
        return [.. values];
    }

    public static float[][] Vectors(this IDataView data, string name) => [.. data.Column<VBuffer<float>>(name).Select(v => v.DenseValues().ToArray())];

    public static string[] Texts(this IDataView data, string name) => [.. data.Column<ReadOnlyMemory<char>>(name).Select(t => t.ToString())];

    public static int Count(this IDataView data)
    {
        var count = 0;
        using var cursor = data.GetRowCursor([]);
        while (cursor.MoveNext()) count++;
        return count;
    }

    public static string[] Names(this DataViewSchema schema) => [.. schema.Select(c => c.Name)];

    public static T[] Values<T>(this DataViewSchema.Annotations annotations, string kind)
    {
        var values = default(VBuffer<T>);
        annotations.GetValue(kind, ref values);
        return [.. values.DenseValues()];
    }

    public static string[] TextValues(this DataViewSchema.Annotations annotations, string kind)
        => [.. annotations.Values<ReadOnlyMemory<char>>(kind).Select(t => t.ToString())];

    public static T Value<T>(this DataViewSchema.Annotations annotations, string kind)
    {
        var value = default(T)!;
        annotations.GetValue(kind, ref value);
        return value;
    }
}
