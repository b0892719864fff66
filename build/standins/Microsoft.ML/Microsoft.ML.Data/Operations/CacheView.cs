using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Keeps columns in memory from their first reading on. Any number of threads may read.</summary>
internal sealed class CacheView : IDataView
{
    private const int BlockSize = 64;

    private readonly Lock _lock = new();
    private readonly IDataView _source;
    private readonly ColumnStore[] _stores;
    private long? _rowCount;
    private bool _filled;

    public CacheView(IDataView source, IEnumerable<DataViewSchema.Column> prefetch)
    {
        _source = source;
        _stores = new ColumnStore[source.Schema.Count];
        _rowCount = source.GetRowCount();
        var columns = prefetch.ToArray();
        if (columns.Length > 0)
            Fill(columns);
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => _rowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var columns = columnsNeeded.ToArray();
        Fill(columns);
        return new Cursor(this, columns, Permutation(rand), NextOfOne());
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        if (n <= 1)
            return [GetRowCursor(columnsNeeded, rand)];
        var columns = columnsNeeded.ToArray();
        Fill(columns);
        var permutation = Permutation(rand);
        int nextBlock = 0;
        return Enumerable.Range(0, n)
            .Select(_ => (DataViewRowCursor)new Cursor(this, columns, permutation, NextOfMany(() => Interlocked.Increment(ref nextBlock) - 1))).ToArray();
    }

    /// <summary>Rows 0, 1, 2, …</summary>
    private static Func<long> NextOfOne()
    {
        long next = 0;
        return () => next++;
    }

    /// <summary>Rows block by block, the blocks shared with other cursors.</summary>
    private static Func<long> NextOfMany(Func<int> takeBlock)
    {
        long next = 0;
        return () =>
        {
            if (next % BlockSize == 0)
                next = (long)takeBlock() * BlockSize;
            return next++;
        };
    }

    private int[] Permutation(Random rand)
    {
        if (rand == null)
            return null;
        var permutation = Enumerable.Range(0, (int)_rowCount!.Value).ToArray();
        for (int i = 0; i < permutation.Length; i++)
        {
            int j = i + rand.Next(permutation.Length - i);
            (permutation[i], permutation[j]) = (permutation[j], permutation[i]);
        }

        return permutation;
    }

    /// <summary>Reads the columns that are not there yet.</summary>
    private void Fill(DataViewSchema.Column[] columns)
    {
        lock (_lock)
        {
            var missing = columns.Select(column => Schema[column.Index]).Where(column => _stores[column.Index] == null).ToArray();
            if (missing.Length == 0 && _filled)
                return;
            using var cursor = _source.GetRowCursor(missing);
            var stores = missing.Select(column => ColumnStore.Create(cursor, column)).ToArray();
            int row = 0;
            for (; cursor.MoveNext(); row++)
            {
                foreach (var store in stores)
                    store.Put(row);
            }

            Contracts.Check(!_filled || _rowCount == row, $"The data had {_rowCount} rows when it was first read into the cache, and now has {row}.");
            for (int i = 0; i < missing.Length; i++)
                _stores[missing[i].Index] = stores[i];
            _rowCount = row;
            _filled = true;
        }
    }

    private sealed class Cursor(CacheView view, DataViewSchema.Column[] columns, int[] permutation, Func<long> next) : RootCursor(view.Schema, columns)
    {
        private long _index = -1;

        public override long Batch => _index / BlockSize;

        protected override long RowNumber => permutation == null ? _index : permutation[_index];

        protected override bool MoveNextCore()
        {
            _index = next();
            return _index < view._rowCount;
        }

        protected override Delegate GetGetterCore(int column) => view._stores[column].MakeGetter(() => (int)RowNumber);
    }
}
