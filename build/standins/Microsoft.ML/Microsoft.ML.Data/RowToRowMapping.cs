using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Columns computed from the same row, bound to one input schema: output schema, dependencies, rows, and lazy views, all from
/// one place. Getters are made anew for every row object and every cursor and own their buffers, so cursors of one set may
/// run in parallel. Input columns pass through by index: hidden columns keep their place.
/// </summary>
/// <remarks>
/// To write one: hand the input schema and the new columns to the constructor, say in <see cref="DependenciesOf"/> which input
/// columns (by index) a new column reads, and make its <c>ValueGetter</c> in <see cref="MakeGetter"/>. Getters that share a
/// computation override <see cref="MakeGetters"/> instead and remember <c>input.Position</c>. A new column whose name exists
/// comes right after the old one and hides it; other new columns come last.
/// </remarks>
internal abstract class RowToRowMapping : IRowToRowMapper
{
    private readonly IReadOnlyList<DataViewSchema.DetachedColumn> _added;

    /// <summary>Where an output column comes from: an input column's index, or the complement (~) of an added column's.</summary>
    private readonly int[] _origin;

    protected RowToRowMapping(DataViewSchema input, params IReadOnlyList<DataViewSchema.DetachedColumn> added)
        : this(input, added, Origins(input, added))
    {
    }

    /// <summary>For mappings that also drop or reorder columns; see <see cref="_origin"/>.</summary>
    protected RowToRowMapping(DataViewSchema input, IReadOnlyList<DataViewSchema.DetachedColumn> added, int[] origin)
    {
        InputSchema = input;
        _added = added;
        _origin = origin;
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(origin.Select(o => o >= 0 ? new DataViewSchema.DetachedColumn(input[o]) : added[~o]));
        OutputSchema = schema.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    /// <summary>The indexes of the input columns that an added column (0-based among the added) reads.</summary>
    protected abstract IEnumerable<int> DependenciesOf(int added);

    /// <summary>A <c>ValueGetter</c> of the added column's type over the given row.</summary>
    protected abstract Delegate MakeGetter(DataViewRow input, int added);

    /// <summary>One getter per added column; null where not asked for.</summary>
    protected virtual Delegate[] MakeGetters(DataViewRow input, Func<int, bool> isActive)
        => Enumerable.Range(0, _added.Count).Select(i => isActive(i) ? MakeGetter(input, i) : null).ToArray();

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = new bool[InputSchema.Count];
        foreach (var column in dependingColumns)
        {
            int origin = _origin[column.Index];
            foreach (int index in origin >= 0 ? [origin] : DependenciesOf(~origin))
                needed[index] = true;
        }

        return InputSchema.Where(column => needed[column.Index]).ToArray();
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckValue(activeColumns, nameof(activeColumns));
        Contracts.Check(input.Schema == InputSchema, "Schema of input row must be the same as the schema the mapper is bound to");
        return new MappedRow(new MappedValues(this, input, activeColumns));
    }

    public IDataView Apply(IDataView input) => new RowToRowView(this, input);

    internal DataViewRowCursor MapCursor(DataViewRowCursor input, IEnumerable<DataViewSchema.Column> activeColumns)
        => new MappedCursor(new MappedValues(this, input, activeColumns), input);

    internal bool IsAdded(DataViewSchema.Column column) => _origin[column.Index] < 0;

    private static int[] Origins(DataViewSchema input, IReadOnlyList<DataViewSchema.DetachedColumn> added)
    {
        var origins = Enumerable.Range(0, input.Count).ToList();
        for (int i = 0; i < added.Count; i++)
        {
            int same = origins.FindLastIndex(o => (o >= 0 ? input[o].Name : added[~o].Name) == added[i].Name);
            origins.Insert(same < 0 ? origins.Count : same + 1, ~i);
        }

        return origins.ToArray();
    }

    /// <summary>What rows and cursors have in common.</summary>
    private sealed class MappedValues
    {
        private readonly RowToRowMapping _mapping;
        private readonly bool[] _active;
        private readonly Delegate[] _getters;

        public MappedValues(RowToRowMapping mapping, DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            _mapping = mapping;
            Input = input;
            _active = new bool[mapping._origin.Length];
            foreach (var column in activeColumns)
                _active[column.Index] = true;
            var addedActive = new bool[mapping._added.Count];
            for (int i = 0; i < _active.Length; i++)
            {
                if (mapping._origin[i] < 0)
                    addedActive[~mapping._origin[i]] = _active[i];
            }

            // Without an active column, not even the inputs' getters may be asked for: they may be inactive.
            _getters = addedActive.Contains(true) ? mapping.MakeGetters(input, i => addedActive[i]) : new Delegate[addedActive.Length];
        }

        public DataViewRow Input { get; }

        public DataViewSchema Schema => _mapping.OutputSchema;

        public bool IsActive(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < _active.Length, nameof(column));
            return _active[column.Index];
        }

        public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < _active.Length, nameof(column));
            int origin = _mapping._origin[column.Index];
            if (origin >= 0)
                return Input.GetGetter<TValue>(Input.Schema[origin]);
            Contracts.Check(_getters[~origin] != null, $"Column '{Schema[column.Index].Name}' is not active.");
            return _getters[~origin].As<TValue>();
        }
    }

    private sealed class MappedRow(MappedValues values) : DataViewRow
    {
        public override long Position => values.Input.Position;
        public override long Batch => values.Input.Batch;
        public override DataViewSchema Schema => values.Schema;
        public override ValueGetter<DataViewRowId> GetIdGetter() => values.Input.GetIdGetter();
        public override bool IsColumnActive(DataViewSchema.Column column) => values.IsActive(column);
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => values.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                values.Input.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class MappedCursor(MappedValues values, DataViewRowCursor input) : LinkedCursor(input)
    {
        public override DataViewSchema Schema => values.Schema;
        public override bool IsColumnActive(DataViewSchema.Column column) => values.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.Check(IsColumnActive(column), $"Column '{Schema[column.Index].Name}' is not active.");
            return values.GetGetter<TValue>(column);
        }
    }
}
