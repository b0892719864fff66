using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// Appends the score columns to rows of one schema: as a lazy view, or row by row. Stateless but for what each row or
/// cursor makes for itself, hence usable by many threads.
/// </summary>
internal sealed class RowAppender : IRowToRowMapper
{
    private readonly RowScorer _scorer;
    private readonly ScoreColumns _columns;
    private readonly int[] _features;

    public RowAppender(RowScorer scorer, ScoreColumns columns, DataViewSchema input)
    {
        (_scorer, _columns) = (scorer, columns);
        _features = [.. scorer.Network.Features.Columns.In(input).Select(c => c.Index)];
        InputSchema = input;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumns(columns.Make(ScoreAnnotations.NextSetId(input)));
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        // By index: columns may be hidden, and may come from an equal schema of another view.
        var needed = new bool[InputSchema.Count];
        foreach (var column in dependingColumns)
        {
            foreach (var index in column.Index < needed.Length ? [column.Index] : _features)
            {
                needed[index] = true;
            }
        }

        return InputSchema.Where(c => needed[c.Index]);
    }

    /// <inheritdoc/>
    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        return new AppendedRow(input, OutputSchema, Columns(input, activeColumns));
    }

    public IDataView Apply(IDataView input) => new AppendedView(this, input);

    private AppendedColumns Columns(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        var active = new bool[OutputSchema.Count];
        foreach (var column in activeColumns)
        {
            active[column.Index] = true;
        }

        // The features may be asked for only if something that depends on them is.
        var getters = active.AsSpan(InputSchema.Count).Contains(true) ? _columns.Getters(new ScoredRow(_scorer, input)) : [];
        return new AppendedColumns(input, InputSchema.Count, active, getters);
    }

    private sealed class AppendedView(RowAppender appender, IDataView input) : IDataView
    {
        public bool CanShuffle => input.CanShuffle;

        public DataViewSchema Schema => appender.OutputSchema;

        public long? GetRowCount() => input.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            var columns = columnsNeeded.ToArray();
            return Append(input.GetRowCursor(appender.GetDependencies(columns), rand), columns);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        {
            var columns = columnsNeeded.ToArray();
            return [.. input.GetRowCursorSet(appender.GetDependencies(columns), n, rand).Select(c => Append(c, columns))];
        }

        private AppendedCursor Append(DataViewRowCursor cursor, DataViewSchema.Column[] columns) =>
            new(cursor, appender.OutputSchema, appender.Columns(cursor, columns));
    }
}
