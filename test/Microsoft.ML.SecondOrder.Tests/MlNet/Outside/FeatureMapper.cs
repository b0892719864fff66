using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>One getter per added column; each may ask for the current row's features.</summary>
internal delegate Delegate[] GetterFactory(Func<float[]> features);

/// <summary>Appends columns computed from one vector of features: to a row, and to a view.</summary>
internal sealed class FeatureMapper : IRowToRowMapper
{
    private readonly int _features;
    private readonly GetterFactory _makeGetters;

    public FeatureMapper(DataViewSchema input, int features, IEnumerable<DataViewSchema.DetachedColumn> added, GetterFactory makeGetters)
    {
        (_features, _makeGetters, InputSchema) = (features, makeGetters, input);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumns(added);
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => dependingColumns.Select(c => IsAdded(c.Index) ? _features : c.Index).Distinct().Order().Select(i => InputSchema[i]).ToArray();

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        => new Row(input, new Columns(this, input, activeColumns));

    public IDataView Apply(IDataView input) => new View(this, input);

    private bool IsAdded(int column) => column >= InputSchema.Count;

    /// <summary>The getters of one row or cursor: nothing of it is shared with another.</summary>
    private sealed class Columns
    {
        private readonly FeatureMapper _mapper;
        private readonly DataViewRow _input;
        private readonly HashSet<int> _active;
        private readonly Delegate[] _added;

        public Columns(FeatureMapper mapper, DataViewRow input, IEnumerable<DataViewSchema.Column> active)
        {
            // By index: the columns may come from an equal schema of another view.
            (_mapper, _input, _active) = (mapper, input, active.Select(c => c.Index).ToHashSet());
            // Where no added column is active the features may be inactive too, and asking for them would throw.
            _added = _active.Any(mapper.IsAdded) ? mapper._makeGetters(CurrentFeatures()) : [];
        }

        public DataViewSchema Schema => _mapper.OutputSchema;

        public bool IsActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column)
        {
            if (!IsActive(column)) throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' was not asked for.");
            if (!_mapper.IsAdded(column.Index)) return _input.GetGetter<TValue>(_input.Schema[column.Index]);
            return _added[column.Index - _mapper.InputSchema.Count] as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type}, not {typeof(TValue)}.");
        }

        private Func<float[]> CurrentFeatures()
        {
            var getter = _input.GetGetter<VBuffer<float>>(_input.Schema[_mapper._features]);
            var buffer = default(VBuffer<float>);
            var (dense, position) = (Array.Empty<float>(), -1L);
            return () =>
            {
                if (position == _input.Position && position >= 0) return dense;
                getter(ref buffer);
                if (dense.Length != buffer.Length) dense = new float[buffer.Length];
                buffer.CopyTo(dense);
                position = _input.Position;
                return dense;
            };
        }
    }

    private sealed class Row(DataViewRow input, Columns columns) : DataViewRow
    {
        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => columns.Schema;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.Getter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing) input.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Cursor(DataViewRowCursor input, Columns columns) : DataViewRowCursor
    {
        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => columns.Schema;

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.Getter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing) input.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class View(FeatureMapper mapper, IDataView input) : IDataView
    {
        public bool CanShuffle => input.CanShuffle;

        public DataViewSchema Schema => mapper.OutputSchema;

        public long? GetRowCount() => input.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            var needed = columnsNeeded.ToArray();
            var cursor = input.GetRowCursor(mapper.GetDependencies(needed), rand);
            return new Cursor(cursor, new Columns(mapper, cursor, needed));
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        {
            var needed = columnsNeeded.ToArray();
            return [.. input.GetRowCursorSet(mapper.GetDependencies(needed), n, rand).Select(c => new Cursor(c, new Columns(mapper, c, needed)))];
        }
    }
}
