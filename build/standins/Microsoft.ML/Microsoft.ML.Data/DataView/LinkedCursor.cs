namespace Microsoft.ML.Data;

/// <summary>A cursor that follows another one and ends with it; by default it shows the same columns.</summary>
internal abstract class LinkedCursor(DataViewRowCursor input) : DataViewRowCursor
{
    protected DataViewRowCursor Input { get; } = input;

    public override long Position => Input.Position;
    public override long Batch => Input.Batch;
    public override DataViewSchema Schema => Input.Schema;
    public override bool MoveNext() => Input.MoveNext();
    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();
    public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(column);
    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Input.Dispose();
        base.Dispose(disposing);
    }
}
