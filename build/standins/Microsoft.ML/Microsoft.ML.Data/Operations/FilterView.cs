using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of a view that pass a test.</summary>
/// <param name="inputs">The columns that the test reads.</param>
/// <param name="makeTest">Makes the test over a cursor's rows; it is called once on each row, in their order.</param>
/// <param name="isSequential">The test depends on the order: no shuffling and no cursor sets.</param>
internal sealed class FilterView(IDataView source, DataViewSchema.Column[] inputs, Func<DataViewRow, Func<bool>> makeTest, bool isSequential = false)
    : IDataView
{
    public bool CanShuffle => !isSequential && source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return Filtered(source.GetRowCursor(WithInputs(columns), isSequential ? null : rand), columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var columns = columnsNeeded.ToArray();
        return isSequential
            ? [GetRowCursor(columns, rand)]
            : source.GetRowCursorSet(WithInputs(columns), n, rand).Select(cursor => Filtered(cursor, columns)).ToArray();
    }

    private IEnumerable<DataViewSchema.Column> WithInputs(DataViewSchema.Column[] columns) => columns.Concat(inputs).DistinctBy(column => column.Index).ToArray();

    private DataViewRowCursor Filtered(DataViewRowCursor cursor, DataViewSchema.Column[] columns) => new Cursor(cursor, columns, makeTest(cursor));

    private sealed class Cursor(DataViewRowCursor input, DataViewSchema.Column[] columns, Func<bool> test) : LinkedCursor(input)
    {
        private readonly HashSet<int> _active = columns.Select(column => column.Index).ToHashSet();
        private long _position = -1;

        public override long Position => _position;

        public override bool MoveNext()
        {
            while (Input.MoveNext())
            {
                if (test())
                {
                    _position++;
                    return true;
                }
            }

            _position = -1;
            return false;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.Check(IsColumnActive(column), $"Column '{column.Name}' is not active.");
            return Input.GetGetter<TValue>(column);
        }
    }
}
