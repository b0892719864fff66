using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor over rows that have a number.</summary>
internal abstract class RootCursor(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columnsNeeded) : DataViewRowCursor
{
    private readonly HashSet<int> _active = columnsNeeded.Select(column => IndexIn(schema, column)).ToHashSet();
    private long _position = -1;
    private bool _ended;

    public override long Position => _position;
    public override long Batch => 0;
    public override DataViewSchema Schema => schema;

    public sealed override bool MoveNext()
    {
        if (_ended || !MoveNextCore())
        {
            End();
            return false;
        }

        _position++;
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter()
        => (ref DataViewRowId id) => id = IsOnRow ? new DataViewRowId((ulong)RowNumber, 0) : throw NotOnRow();

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckParam(column.Index < schema.Count, nameof(column));
        return _active.Contains(column.Index);
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Contracts.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
        var getter = GetGetterCore(column.Index).As<TValue>();
        return (ref TValue value) =>
        {
            if (!IsOnRow)
                throw NotOnRow();
            getter(ref value);
        };
    }

    /// <summary>The number of the current row in its view, whatever the order of reading.</summary>
    protected virtual long RowNumber => _position;

    // A column may come from an equal schema of another view; only its index counts.
    private static int IndexIn(DataViewSchema schema, DataViewSchema.Column column)
    {
        Contracts.Check(column.Index < schema.Count, $"The requested column: {column} is not part of the schema");
        return column.Index;
    }

    protected abstract bool MoveNextCore();

    /// <summary>A ValueGetter of the column's type.</summary>
    protected abstract Delegate GetGetterCore(int column);

    protected override void Dispose(bool disposing)
    {
        End();
        base.Dispose(disposing);
    }

    private void End()
    {
        _ended = true;
        _position = -1;
    }

    private bool IsOnRow => _position >= 0;

    private static Exception NotOnRow() => Contracts.Except("Cannot call a getter in current state: call MoveNext() until it returns false.");
}
