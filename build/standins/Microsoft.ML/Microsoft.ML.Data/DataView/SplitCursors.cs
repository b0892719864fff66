namespace Microsoft.ML.Data;

/// <summary>Deals the rows of one cursor out to several, which may be read by different threads.</summary>
internal static class SplitCursors
{
    public static DataViewRowCursor[] Split(DataViewRowCursor input, int n)
    {
        var source = new Source(input, n);
        return Enumerable.Range(0, n).Select(_ => (DataViewRowCursor)new Cursor(source)).ToArray();
    }

    private sealed class Source(DataViewRowCursor input, int users)
    {
        public readonly Lock Lock = new();
        public readonly DataViewRowCursor Input = input;
        public readonly DataViewSchema.Column[] Active = input.Schema.Where(input.IsColumnActive).ToArray();
        private int _users = users;

        public void Release()
        {
            if (Interlocked.Decrement(ref _users) == 0)
                Input.Dispose();
        }
    }

    /// <summary>Takes the next row under the lock and keeps a copy of its active values.</summary>
    private sealed class Cursor : DataViewRowCursor
    {
        private readonly Source _source;
        private readonly Dictionary<int, ISlot> _slots;
        private readonly Slot<DataViewRowId> _id;
        private long _position = -1;
        private long _batch;
        private bool _ended;

        public Cursor(Source source)
        {
            _source = source;
            _slots = source.Active.ToDictionary(column => column.Index,
                column => ((Func<DataViewRow, DataViewSchema.Column, ISlot>)MakeSlot<int>).CallFor<ISlot>(column.Type.RawType, source.Input, column));
            _id = new Slot<DataViewRowId>(source.Input.GetIdGetter());
        }

        public override long Position => _position;
        public override long Batch => _batch;
        public override DataViewSchema Schema => _source.Input.Schema;

        public override bool MoveNext()
        {
            lock (_source.Lock)
            {
                if (_ended || !_source.Input.MoveNext())
                {
                    _ended = true;
                    _position = -1;
                    return false;
                }

                // One row is one batch, so whoever merges the cursors again finds the order.
                _batch = _source.Input.Position;
                foreach (var slot in _slots.Values)
                    slot.Fetch();
                _id.Fetch();
            }

            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => _id.Get;

        public override bool IsColumnActive(DataViewSchema.Column column) => _slots.ContainsKey(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Runtime.Contracts.Check(IsColumnActive(column), $"Column '{column.Name}' is not active.");
            return _slots[column.Index].Getter.As<TValue>();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _source.Release();
            base.Dispose(disposing);
        }

        private static ISlot MakeSlot<T>(DataViewRow row, DataViewSchema.Column column) => new Slot<T>(row.GetGetter<T>(column));
    }

    private interface ISlot
    {
        Delegate Getter { get; }

        void Fetch();
    }

    private sealed class Slot<T> : ISlot
    {
        private readonly ValueGetter<T> _source;
        private T _value;

        public Slot(ValueGetter<T> source)
        {
            _source = source;
            Getter = (ValueGetter<T>)Get;
        }

        public Delegate Getter { get; }

        public void Fetch() => _source(ref _value);

        public void Get(ref T value) => ValueCopier.Copy(in _value, ref value);
    }
}
