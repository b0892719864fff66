using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// Reads what <see cref="BodyWriter"/> wrote. Trusts nothing: a count is compared with the bytes that are left before
/// anything of that size is allocated, so that no file takes more memory than a small multiple of its own size.
/// </summary>
internal sealed class BodyReader(ReadOnlySequence<byte> body)
{
    private ReadOnlySequence<byte> _rest = body;

    public BodyReader(ReadOnlyMemory<byte> body)
        : this(new ReadOnlySequence<byte>(body))
    {
    }

    /// <summary>Bytes that have not been read.</summary>
    public long Left => _rest.Length;

    public byte Byte(string what) => Take(1, what).FirstSpan[0];

    public int Int32(string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Take(bytes.Length, what).CopyTo(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long Int64(string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Take(bytes.Length, what).CopyTo(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public double Double(string what) => BitConverter.Int64BitsToDouble(Int64(what));

    /// <summary>A number of items that follow, each of at least <paramref name="itemBytes"/> bytes.</summary>
    public int Count(int itemBytes, string what)
    {
        var count = Int32("the number of " + what);
        return count >= 0 && count <= _rest.Length / itemBytes
            ? count
            : throw Damaged($"it announces {count} {what}, but only {_rest.Length} bytes follow");
    }

    public string Text(string what)
    {
        var units = Count(sizeof(char), "characters of " + what);
        return string.Create(units, Take((long)units * sizeof(char), what), (text, bytes) =>
        {
            var target = MemoryMarshal.AsBytes(text);
            bytes.CopyTo(target);
            if (!BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<char, ushort>(text), MemoryMarshal.Cast<char, ushort>(text));
            }
        });
    }

    /// <summary>A number of bytes, then those.</summary>
    public byte[] Bytes(string what) => Take(Count(1, "bytes of " + what), what).ToArray();

    public float[] Singles(long count, string what)
    {
        var bytes = TakeItems(count, sizeof(float), what);
        var values = new float[count];
        bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            var raw = MemoryMarshal.Cast<float, uint>(values.AsSpan());
            BinaryPrimitives.ReverseEndianness(raw, raw);
        }

        return values;
    }

    public double[] Doubles(long count, string what)
    {
        var bytes = TakeItems(count, sizeof(double), what);
        var values = new double[count];
        bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            var raw = MemoryMarshal.Cast<double, ulong>(values.AsSpan());
            BinaryPrimitives.ReverseEndianness(raw, raw);
        }

        return values;
    }

    public void RequireEnd()
    {
        if (!_rest.IsEmpty)
        {
            throw Damaged($"{_rest.Length} bytes are left over");
        }
    }

    /// <summary>The error for contents that make no sense.</summary>
    public static FormatException Damaged(string how) =>
        new($"The saved network is damaged: {how}. Save the model again, or take an undamaged copy of the file.");

    private ReadOnlySequence<byte> TakeItems(long count, int itemBytes, string what) =>
        count >= 0 && count <= _rest.Length / itemBytes
            ? Take(count * itemBytes, what)
            : throw Damaged($"{what} should hold {count} numbers, but only {_rest.Length} bytes follow");

    private ReadOnlySequence<byte> Take(long bytes, string what)
    {
        if (bytes > _rest.Length)
        {
            throw Damaged($"it ends within {what}");
        }

        var taken = _rest.Slice(0, bytes);
        _rest = _rest.Slice(bytes);
        return taken;
    }
}
