using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Writes what a column holds in the current row as numbers.</summary>
/// <param name="target">Overwritten whole.</param>
internal delegate void FeatureReader(Span<float> target);

/// <summary>A column that a network reads.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in training, which it has to have in scoring too.</param>
/// <param name="Segment">The inputs that it becomes.</param>
internal sealed record FeatureColumn(string Name, DataViewType Type, InputSegment Segment)
{
    /// <summary>Reads the column in rows of a cursor. Keys become whole numbers from 1, and 0 where missing or absent.</summary>
    public FeatureReader Reader(DataViewRow row)
    {
        var column = row.Schema[Name];
        return Type switch
        {
            VectorDataViewType { ItemType: KeyDataViewType key } => Keys(row, column, key),
            VectorDataViewType => Numbers(row, column),
            KeyDataViewType key => Key(row, column, key),
            _ => Number(row, column),
        };
    }

    private static FeatureReader Number(DataViewRow row, DataViewSchema.Column column)
    {
        var get = row.GetGetter<float>(column);
        return target => get(ref target[0]);
    }

    private static FeatureReader Numbers(DataViewRow row, DataViewSchema.Column column)
    {
        var get = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        return target =>
        {
            get(ref buffer);
            VectorLength.Require(row, column, buffer.Length, target.Length);
            buffer.CopyTo(target);
        };
    }

    private static FeatureReader Key(DataViewRow row, DataViewSchema.Column column, KeyDataViewType type) => type.RawType switch
    {
        var t when t == typeof(byte) => Key<byte>(row, column, k => k),
        var t when t == typeof(ushort) => Key<ushort>(row, column, k => k),
        var t when t == typeof(uint) => Key<uint>(row, column, k => k),
        _ => Key<ulong>(row, column, k => k),
    };

    private static FeatureReader Key<T>(DataViewRow row, DataViewSchema.Column column, Func<T, float> number)
    {
        var get = row.GetGetter<T>(column);
        var value = default(T)!;
        return target =>
        {
            get(ref value);
            target[0] = number(value);
        };
    }

    private static FeatureReader Keys(DataViewRow row, DataViewSchema.Column column, KeyDataViewType type) => type.RawType switch
    {
        var t when t == typeof(byte) => Keys<byte>(row, column, k => k),
        var t when t == typeof(ushort) => Keys<ushort>(row, column, k => k),
        var t when t == typeof(uint) => Keys<uint>(row, column, k => k),
        _ => Keys<ulong>(row, column, k => k),
    };

    /// <summary>As many as there is room for, from the first on.</summary>
    private static FeatureReader Keys<T>(DataViewRow row, DataViewSchema.Column column, Func<T, float> number)
    {
        var get = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> buffer = default;
        var hasKnownSize = ((VectorDataViewType)column.Type).Size > 0;
        return target =>
        {
            get(ref buffer);
            if (hasKnownSize)
            {
                VectorLength.Require(row, column, buffer.Length, target.Length);
            }

            target.Clear();
            foreach (var (index, key) in buffer.Items())
            {
                if (index < target.Length)
                {
                    target[index] = number(key);
                }
            }
        };
    }
}

/// <summary>The columns that a network reads, one after the other.</summary>
internal static class FeatureColumns
{
    /// <summary>How many numbers they become: [d].</summary>
    public static int Width(this ImmutableArray<FeatureColumn> columns) => columns.Sum(c => c.Segment.Size);

    /// <summary>Reads all of them.</summary>
    public static FeatureReader Reader(this ImmutableArray<FeatureColumn> columns, DataViewRow row)
    {
        if (columns.Length == 1)
        {
            return columns[0].Reader(row);
        }

        var readers = columns.Select(c => (Read: c.Reader(row), c.Segment.Size)).ToArray();
        return target =>
        {
            foreach (var (read, size) in readers)
            {
                read(target[..size]);
                target = target[size..];
            }
        };
    }

    /// <summary>The columns of a schema.</summary>
    public static IEnumerable<DataViewSchema.Column> In(this ImmutableArray<FeatureColumn> columns, DataViewSchema schema) => columns.Select(c => schema[c.Name]);
}
