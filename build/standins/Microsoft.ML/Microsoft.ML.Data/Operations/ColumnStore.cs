namespace Microsoft.ML.Data;

/// <summary>Copies of a column's values, by place.</summary>
internal abstract class ColumnStore
{
    /// <summary>Keeps the value of the row that the cursor is on.</summary>
    public abstract void Put(int place);

    public abstract Delegate MakeGetter(Func<int> place);

    public static ColumnStore Create(DataViewRow row, DataViewSchema.Column column)
        => ((Func<DataViewRow, DataViewSchema.Column, ColumnStore>)Create<int>).CallFor<ColumnStore>(column.Type.RawType, row, column);

    private static ColumnStore Create<T>(DataViewRow row, DataViewSchema.Column column) => new ColumnStore<T>(row.GetGetter<T>(column));
}

internal sealed class ColumnStore<T>(ValueGetter<T> source) : ColumnStore
{
    private T[] _values = [];

    public override void Put(int place)
    {
        if (place >= _values.Length)
            Array.Resize(ref _values, Math.Max(place + 1, 2 * _values.Length));
        source(ref _values[place]);
    }

    public void Get(int place, ref T value) => ValueCopier.Copy(in _values[place], ref value);

    public override Delegate MakeGetter(Func<int> place) => (ValueGetter<T>)((ref T value) => Get(place(), ref value));
}
