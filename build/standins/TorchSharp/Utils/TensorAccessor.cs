using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor on the CPU in row-major order, whatever its strides. Keeps the tensor alive.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly long[] shape, strides;
    private readonly bool contiguous;
    private torch.Tensor? tensor;

    internal TensorAccessor(torch.Tensor tensor)
    {
        if (!tensor.is_cpu())
            throw new InvalidOperationException($"The tensor is on {tensor.device}: move it to the CPU first.");
        this.tensor = tensor;
        (shape, strides, contiguous) = (tensor.shape, tensor.stride(), tensor.is_contiguous());
        Count = tensor.numel();
        _ = tensor.DataPointer;
    }

    public long Count { get; }
    public bool IsReadOnly => false;

    private T* Data => (T*)(tensor ?? throw new ObjectDisposedException(nameof(TensorAccessor<T>))).DataPointer;

    public T this[params long[] indices]
    {
        get => Data[Offset(indices)];
        set => Data[Offset(indices)] = value;
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1 && shape.Length != 1)
            return indices[0] >= 0 && indices[0] < Count ? FlatOffset(indices[0]) : throw new IndexOutOfRangeException($"Index {indices[0]} of {Count} elements.");
        if (indices.Length != shape.Length)
            throw new ArgumentException($"{indices.Length} indices for a tensor with {shape.Length} dimensions.");
        long offset = 0;
        for (int d = 0; d < shape.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= shape[d])
                throw new IndexOutOfRangeException($"Index {indices[d]} in dimension {d} of size {shape[d]}.");
            offset += indices[d] * strides[d];
        }
        return offset;
    }

    private long FlatOffset(long index)
    {
        if (contiguous)
            return index;
        long offset = 0;
        for (int d = shape.Length - 1; d >= 0; d--)
            (index, offset) = (index / shape[d], offset + index % shape[d] * strides[d]);
        return offset;
    }

    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result);
        return result;
    }

    public Array ToNDArray()
    {
        if (shape.Length < 2)
            return ToArray();
        var result = Array.CreateInstance(typeof(T), shape);
        ref var first = ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(result));
        CopyTo(MemoryMarshal.CreateSpan(ref first, checked((int)Count)));
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies until the array is full or the tensor ends.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = Part(array, arrayIndex, tensorIndex);
        T* data = Data;
        if (contiguous)
            new ReadOnlySpan<T>(data + tensorIndex, target.Length).CopyTo(target);
        else
            for (int k = 0; k < target.Length; k++)
                target[k] = data[FlatOffset(tensorIndex + k)];
        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = Part(array, arrayIndex, tensorIndex);
        T* data = Data;
        for (int k = 0; k < source.Length; k++)
            data[FlatOffset(tensorIndex + k)] = source[k];
        GC.KeepAlive(tensor);
    }

    private void CheckStart(long tensorIndex)
    {
        if (tensorIndex < 0 || tensorIndex >= Count && Count > 0)
            throw new ArgumentOutOfRangeException(nameof(tensorIndex), tensorIndex, $"The tensor has {Count} elements.");
    }

    private Span<T> Part(Span<T> array, int arrayIndex, long tensorIndex)
    {
        CheckStart(tensorIndex);
        var rest = array[Math.Min(arrayIndex, array.Length)..];
        return rest[..(int)Math.Min(rest.Length, Count - tensorIndex)];
    }

    private ReadOnlySpan<T> Part(ReadOnlySpan<T> array, int arrayIndex, long tensorIndex)
    {
        CheckStart(tensorIndex);
        var rest = array[Math.Min(arrayIndex, array.Length)..];
        return rest[..(int)Math.Min(rest.Length, Count - tensorIndex)];
    }

    private T At(long index) => Data[FlatOffset(index)];

    public IEnumerator<T> GetEnumerator()
    {
        for (long k = 0; k < Count; k++)
            yield return At(k);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.SequenceEqual(right);
    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !left.SequenceEqual(right);
    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && (ReferenceEquals(this, other) || this.SequenceEqual(other));
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public void Dispose() => tensor = null;
}
