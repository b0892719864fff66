using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view over objects, read in their own order each time.</summary>
internal sealed class EnumerableDataView<TRow> : IDataView where TRow : class
{
    private readonly IEnumerable<TRow> _data;
    private readonly TypedColumn[] _columns;

    public EnumerableDataView(IEnumerable<TRow> data, SchemaDefinition definition)
    {
        _data = data;
        _columns = TypedColumn.Of(typeof(TRow), SchemaDefinition.Direction.Read, definition);
        Schema = TypedColumn.SchemaOf(_columns);
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) => new Cursor(this, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>The objects made from a view's rows.</summary>
    public static IEnumerable<TRow> Enumerate(IDataView data, TypedFiller<TRow> filler, bool reuseRowObject, Func<TRow> create)
    {
        using var cursor = data.GetRowCursor(filler.ColumnsNeeded);
        var fill = filler.Bind(cursor);
        TRow row = null;
        while (cursor.MoveNext())
        {
            if (row == null || !reuseRowObject)
                row = create();
            fill(row);
            yield return row;
        }
    }

    private sealed class Cursor(EnumerableDataView<TRow> view, IEnumerable<DataViewSchema.Column> columnsNeeded) : RootCursor(view.Schema, columnsNeeded)
    {
        private readonly IEnumerator<TRow> _rows = view._data.GetEnumerator();

        protected override bool MoveNextCore()
        {
            bool moved = _rows.MoveNext();
            Contracts.Check(!moved || _rows.Current != null, "Encountered null when iterating over data, this is not supported.");
            return moved;
        }

        protected override Delegate GetGetterCore(int column) => view._columns[column].MakeGetter(() => _rows.Current);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
