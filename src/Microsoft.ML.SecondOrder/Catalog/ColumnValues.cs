using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>All values of one column, in memory.</summary>
internal abstract class ColumnValues
{
    private static readonly Dictionary<Type, IReader> Readers = new()
    {
        [typeof(bool)] = new Reader<bool>(),
        [typeof(sbyte)] = new Reader<sbyte>(),
        [typeof(byte)] = new Reader<byte>(),
        [typeof(short)] = new Reader<short>(),
        [typeof(ushort)] = new Reader<ushort>(),
        [typeof(int)] = new Reader<int>(),
        [typeof(uint)] = new Reader<uint>(),
        [typeof(long)] = new Reader<long>(),
        [typeof(ulong)] = new Reader<ulong>(),
        [typeof(float)] = new Reader<float>(),
        [typeof(double)] = new Reader<double>(),
        [typeof(ReadOnlyMemory<char>)] = new Reader<ReadOnlyMemory<char>>(),
        [typeof(DateTime)] = new Reader<DateTime>(),
        [typeof(DateTimeOffset)] = new Reader<DateTimeOffset>(),
        [typeof(TimeSpan)] = new Reader<TimeSpan>(),
        [typeof(DataViewRowId)] = new Reader<DataViewRowId>(),
    };

    private interface IReader
    {
        ColumnValues Read(DataViewRowCursor cursor, DataViewSchema.Column column);
    }

    public abstract int Count { get; }

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the value of a row.</summary>
    public abstract Delegate Getter(Func<int> row);

    /// <exception cref="ArgumentOutOfRangeException">Values of this type cannot be kept.</exception>
    public static ColumnValues Read(IDataView data, DataViewSchema.Column column)
    {
        var item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        if (!Readers.TryGetValue(item.RawType, out var reader))
        {
            throw new ArgumentOutOfRangeException(
                nameof(column), $"Column '{column.Name}' holds {column.Type}, whose values cannot be kept in memory. Name the columns to permute without it.");
        }

        using var cursor = data.GetRowCursor([column]);
        return reader.Read(cursor, column);
    }

    private sealed class Reader<T> : IReader
    {
        public ColumnValues Read(DataViewRowCursor cursor, DataViewSchema.Column column) =>
            column.Type is VectorDataViewType
                ? new Vectors<T>(All<VBuffer<T>>(cursor, column))
                : new Scalars<T>(All<T>(cursor, column));

        private static List<TValue> All<TValue>(DataViewRowCursor cursor, DataViewSchema.Column column)
        {
            var getter = cursor.GetGetter<TValue>(column);
            var values = new List<TValue>();
            while (cursor.MoveNext())
            {
                TValue value = default!;
                getter(ref value);
                values.Add(value);
            }

            return values;
        }
    }

    private sealed class Scalars<T>(List<T> values) : ColumnValues
    {
        public override int Count => values.Count;

        public override Delegate Getter(Func<int> row) => (ValueGetter<T>)((ref T value) => value = values[row()]);
    }

    private sealed class Vectors<T>(List<VBuffer<T>> values) : ColumnValues
    {
        public override int Count => values.Count;

        public override Delegate Getter(Func<int> row) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => values[row()].CopyTo(ref value));
    }
}
