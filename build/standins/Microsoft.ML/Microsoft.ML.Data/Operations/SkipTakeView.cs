namespace Microsoft.ML.Data;

/// <summary>The rows from one number on, and not more than another.</summary>
internal sealed class SkipTakeView(IDataView source, long skip, long take) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount() is { } count ? Math.Clamp(count - skip, 0, take) : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(source.GetRowCursor(columnsNeeded), skip, take);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor input, long skip, long take) : LinkedCursor(input)
    {
        private long _toSkip = skip;
        private long _taken;

        public override long Position => _taken - 1;

        public override long Batch => 0;

        public override bool MoveNext()
        {
            if (_taken < take && Skip() && Input.MoveNext())
            {
                _taken++;
                return true;
            }

            // At the end the position is -1, and it stays the end.
            _taken = 0;
            _toSkip = long.MaxValue;
            return false;
        }

        private bool Skip()
        {
            for (; _toSkip > 0; _toSkip--)
            {
                if (!Input.MoveNext())
                    return false;
            }

            return true;
        }
    }
}
