namespace Microsoft.ML.Data;

/// <summary>
/// The rows in a random order, the same at every reading: each is drawn from a pool of the rows that come next.
/// A reader's own generator takes the place of the seed.
/// </summary>
internal sealed class ShuffleView(IDataView source, int seed, int poolSize, bool shuffleSource) : IDataView
{
    public bool CanShuffle => true;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        rand ??= RandomUtils.Create(seed);
        var input = source.GetRowCursor(columnsNeeded, shuffleSource ? RandomUtils.Create(rand) : null);
        return poolSize == 1 ? input : new Cursor(input, poolSize, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly DataViewRowCursor _input;
        private readonly Random _rand;
        private readonly ColumnStore[] _stores;
        private readonly ColumnStore<DataViewRowId> _ids;

        /// <summary>A ring of places in the stores: first the row shown, then the pool.</summary>
        private readonly int[] _ring;
        private int _first;
        private int _pooled;
        private bool _ended;

        public Cursor(DataViewRowCursor input, int poolSize, Random rand) : base(input.Schema, input.Schema.Where(input.IsColumnActive))
        {
            _input = input;
            _rand = rand;
            _ring = Enumerable.Range(0, poolSize + 1).ToArray();
            _stores = input.Schema.Select(column => input.IsColumnActive(column) ? ColumnStore.Create(input, column) : null).ToArray();
            _ids = new ColumnStore<DataViewRowId>(input.GetIdGetter());
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => _ids.Get(_ring[_first], ref id);

        protected override bool MoveNextCore()
        {
            while (!_ended && _pooled < _ring.Length - 1)
            {
                if (!_input.MoveNext())
                {
                    _ended = true;
                    break;
                }

                _pooled++;
                int place = _ring[(_first + _pooled) % _ring.Length];
                foreach (var store in _stores)
                    store?.Put(place);
                _ids.Put(place);
            }

            if (_pooled == 0)
                return false;
            int chosen = (_first + 1 + _rand.Next(_pooled)) % _ring.Length;
            _first = (_first + 1) % _ring.Length;
            (_ring[_first], _ring[chosen]) = (_ring[chosen], _ring[_first]);
            _pooled--;
            return true;
        }

        protected override Delegate GetGetterCore(int column) => _stores[column].MakeGetter(() => _ring[_first]);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }
    }
}
