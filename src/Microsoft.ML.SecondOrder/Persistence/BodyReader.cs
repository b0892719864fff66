using System.Buffers.Binary;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// Reads what <see cref="BodyWriter"/> wrote. Trusts nothing: a count is compared with the bytes that are left before
/// anything of that size is allocated, so that no file takes more memory than a small multiple of its own size.
/// </summary>
internal sealed class BodyReader(ReadOnlyMemory<byte> body)
{
    private ReadOnlyMemory<byte> _rest = body;

    public byte Byte(string what) => Take(1, what)[0];

    public int Int32(string what) => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int), what));

    public long Int64(string what) => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long), what));

    public double Double(string what) => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double), what));

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
        return string.Create(units, Take(units * sizeof(char), what).ToArray(), (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)(bytes[2 * i] | bytes[2 * i + 1] << 8);
            }
        });
    }

    /// <summary>A number of bytes, then those.</summary>
    public byte[] Bytes(string what) => Take(Count(1, "bytes of " + what), what).ToArray();

    public float[] Singles(long count, string what)
    {
        var bytes = TakeItems(count, sizeof(float), what);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.Slice(i * sizeof(float), sizeof(float)));
        }

        return values;
    }

    public double[] Doubles(long count, string what)
    {
        var bytes = TakeItems(count, sizeof(double), what);
        var values = new double[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes.Slice(i * sizeof(double), sizeof(double)));
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

    private ReadOnlySpan<byte> TakeItems(long count, int itemBytes, string what) =>
        count >= 0 && count <= _rest.Length / itemBytes
            ? Take((int)count * itemBytes, what)
            : throw Damaged($"{what} should hold {count} numbers, but only {_rest.Length} bytes follow");

    private ReadOnlySpan<byte> Take(int bytes, string what)
    {
        if (bytes > _rest.Length)
        {
            throw Damaged($"it ends within {what}");
        }

        var taken = _rest.Span[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
