namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Rows of equal width in memory, in blocks, so that their number is limited by memory alone.</summary>
internal sealed class FloatRows(int width)
{
    private const int BlockFloats = 1 << 20;

    private readonly int _rowsPerBlock = Math.Max(1, BlockFloats / width);
    private readonly List<float[]> _blocks = [];

    public int Width { get; } = width;

    public int Count { get; private set; }

    public Span<float> this[int row] => _blocks[row / _rowsPerBlock].AsSpan(row % _rowsPerBlock * Width, Width);

    /// <summary>Appends a row, to be filled by the caller: its contents are arbitrary.</summary>
    public Span<float> Add()
    {
        if (Count == _blocks.Count * _rowsPerBlock)
        {
            _blocks.Add(new float[_rowsPerBlock * Width]);
        }

        return this[Count++];
    }

    public void RemoveLast() => Count--;
}
