using Microsoft.ML.Internal.DataView;

namespace Microsoft.ML.Data;

/// <summary>The way to fill a <see cref="VBuffer{T}"/> and use its arrays again.</summary>
public static class VBufferEditor
{
    public static VBufferEditor<T> CreateFromBuffer<T>(scoped ref VBuffer<T> destination) => destination.Edit();

    public static VBufferEditor<T> Create<T>(scoped ref VBuffer<T> destination, int newLogicalLength, int? valuesCount = null,
        int? maxValuesCapacity = null, bool keepOldOnResize = false, bool requireIndicesOnDense = false)
    {
        Check.Param(newLogicalLength >= 0, nameof(newLogicalLength), "Must be non-negative.");
        Check.Param(valuesCount is null or >= 0, nameof(valuesCount), "If specified, must be non-negative.");
        Check.Param(valuesCount is null || valuesCount <= newLogicalLength, nameof(valuesCount),
            "If specified, must be no greater than " + nameof(newLogicalLength));
        return destination.Edit(newLogicalLength, valuesCount ?? newLogicalLength, maxValuesCapacity, keepOldOnResize, requireIndicesOnDense);
    }
}

public readonly ref struct VBufferEditor<T>
{
    private readonly int _length;
    private readonly T[] _values;
    private readonly int[] _indices;

    public readonly Span<T> Values;
    public readonly Span<int> Indices;

    internal VBufferEditor(int length, int count, T[] values, int[] indices, int? maxCapacity, bool keepOld, bool indicesOnDense)
    {
        _length = length;
        CreatedNewValues = Grow(ref values, count, maxCapacity, keepOld);
        bool sparse = count < length || indicesOnDense;
        CreatedNewIndices = sparse && Grow(ref indices, count, maxCapacity, keepOld);
        _values = values;
        _indices = indices;
        Values = values.AsSpan(0, count);
        Indices = sparse ? indices.AsSpan(0, count) : default;
    }

    public bool CreatedNewValues { get; }

    public bool CreatedNewIndices { get; }

    public VBuffer<T> Commit() => new(_length, Values.Length, _values, _indices);

    public VBuffer<T> CommitTruncated(int physicalValuesCount)
    {
        Check.Param(physicalValuesCount <= Values.Length, nameof(physicalValuesCount), "Updating physicalValuesCount during CommitTruncated"
            + " cannot be greater than the original physicalValuesCount value used in Create.");
        return new(_length, physicalValuesCount, _values, _indices);
    }

    private static bool Grow<TItem>(ref TItem[] array, int size, int? maxCapacity, bool keepOld)
    {
        int old = array?.Length ?? 0;
        if (old >= size)
            return false;
        int capacity = Math.Max(size, Math.Min(maxCapacity ?? Array.MaxLength, old == 0 ? size : (int)Math.Min(2L * old, Array.MaxLength)));
        var grown = new TItem[capacity];
        if (keepOld)
            array?.CopyTo(grown, 0);
        array = grown;
        return true;
    }
}
