using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>A view in which one slot of a vector column has other values, one per row; rows beyond them are left out.</summary>
internal sealed class PermutedSlotView(IDataView source, DataViewSchema.Column vectors, int slot, float[] values) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => values.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(this, source.GetRowCursor(columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private int Slot => slot;

    private float[] Values => values;

    private bool IsPermuted(DataViewSchema.Column column) => column.Index == vectors.Index;

    private sealed class Cursor(PermutedSlotView view, DataViewRowCursor input) : LinkedCursor(input)
    {
        private int _row = -1;

        public override bool MoveNext() => _row + 1 < view.Values.Length && base.MoveNext() && ++_row >= 0;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!view.IsPermuted(column))
                return base.GetGetter<TValue>(column);
            var original = base.GetGetter<VBuffer<float>>(column);
            VBuffer<float> buffer = default;
            ValueGetter<VBuffer<float>> permuted = (ref VBuffer<float> value) =>
            {
                original(ref buffer);
                buffer.CopyToDense(ref value);
                VBufferEditor.CreateFromBuffer(ref value).Values[view.Slot] = view.Values[_row];
            };
            return permuted.As<TValue>();
        }
    }
}
