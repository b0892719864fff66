using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>A view with the values of one column in another order. Rows come in the order of the view below, never shuffled.</summary>
/// <param name="data">The view below.</param>
/// <param name="column">A column of it.</param>
/// <param name="values">All values of this column.</param>
/// <param name="order">For each row, the row whose value it gets.</param>
internal sealed class PermutedView(IDataView data, DataViewSchema.Column column, ColumnValues values, int[] order) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => data.Schema;

    public long? GetRowCount() => data.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(data.GetRowCursor(columnsNeeded), column, values, order);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor input, DataViewSchema.Column column, ColumnValues values, int[] order) : DataViewRowCursor
    {
        public override DataViewSchema Schema => input.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column wanted) => input.IsColumnActive(wanted);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column wanted)
        {
            var getter = input.GetGetter<TValue>(wanted);
            return wanted.Index == column.Index ? (ValueGetter<TValue>)values.Getter(() => order[input.Position]) : getter;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
