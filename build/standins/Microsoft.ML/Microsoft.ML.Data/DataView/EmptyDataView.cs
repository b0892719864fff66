namespace Microsoft.ML.Data;

/// <summary>A schema without rows.</summary>
internal sealed class EmptyDataView(DataViewSchema schema) : IDataView
{
    public bool CanShuffle => true;

    public DataViewSchema Schema => schema;

    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) => new Cursor(schema, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columnsNeeded) : RootCursor(schema, columnsNeeded)
    {
        protected override bool MoveNextCore() => false;

        protected override Delegate GetGetterCore(int column)
            => ((Func<Delegate>)Nothing<int>).CallFor<Delegate>(Schema[column].Type.RawType);

        private static Delegate Nothing<T>() => (ValueGetter<T>)((ref T _) => { });
    }
}
