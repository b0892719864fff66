using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>The columns of a row with more columns at its end: the input's own by index, then the appended ones.</summary>
internal sealed class AppendedColumns(DataViewRow input, int inputCount, bool[] active, Delegate[] getters)
{
    public bool IsActive(DataViewSchema.Column column) =>
        column.Index < active.Length
            ? active[column.Index]
            : throw new ArgumentOutOfRangeException(nameof(column), column.Index, $"The row has {active.Length} columns.");

    /// <exception cref="ArgumentOutOfRangeException">The column was not asked for when the row was made.</exception>
    /// <exception cref="InvalidOperationException">The column holds another type.</exception>
    public ValueGetter<T> Getter<T>(DataViewSchema.Column column)
    {
        if (!IsActive(column))
        {
            throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not active: ask for it when making the cursor.");
        }

        if (column.Index < inputCount)
        {
            return input.GetGetter<T>(input.Schema[column.Index]);
        }

        return getters[column.Index - inputCount] as ValueGetter<T>
            ?? throw new InvalidOperationException(
                $"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(T)}', but the column holds {column.Type}.");
    }
}

/// <summary>One row with appended columns. Owns the row that it extends.</summary>
internal sealed class AppendedRow(DataViewRow input, DataViewSchema schema, AppendedColumns columns) : DataViewRow
{
    public override DataViewSchema Schema { get; } = schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.Getter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A cursor with appended columns. Owns the cursor that it extends.</summary>
internal sealed class AppendedCursor(DataViewRowCursor input, DataViewSchema schema, AppendedColumns columns) : DataViewRowCursor
{
    public override DataViewSchema Schema { get; } = schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.Getter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
