using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// Reads and writes weights in the safetensors format: a header of JSON and plain numbers after it, never code. Reading is
/// strict: everything is checked against the size of the file before memory is taken for it.
/// </summary>
public static class SafeTensors
{
    /// <summary>The longest header that is accepted, as in the format's own reader: 100 MB.</summary>
    private const long LongestHeader = 100_000_000;

    /// <summary>Reads tensors as single-precision numbers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isWanted">Which tensors, by name; null takes all.</param>
    /// <returns>The wanted tensors in the order of their numbers in the file. Types F64, F32, F16 and BF16.</returns>
    /// <exception cref="FormatException">The file is damaged, not of this format, or a wanted tensor is of another type.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImmutableArray<NamedWeights> Read(string path, Func<string, bool>? isWanted = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = File.OpenRead(path);
        return Read(file, isWanted);
    }

    /// <inheritdoc cref="Read(string, Func{string, bool})"/>
    /// <param name="stream">Read from its position to its end; must be seekable.</param>
    /// <param name="isWanted">Which tensors, by name; null takes all.</param>
    public static ImmutableArray<NamedWeights> Read(Stream stream, Func<string, bool>? isWanted = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
        {
            throw new ArgumentException("Reading safetensors needs a seekable stream; copy it to a file or to memory first.", nameof(stream));
        }

        var available = stream.Length - stream.Position;
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        var length = available < sizeof(long) ? 0 : ReadLength(stream, prefix);
        if (length < 2 || length > LongestHeader || length > available - sizeof(long))
        {
            throw Damaged($"it announces a header of {length} bytes in a file of {available}");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        var entries = SafeTensorsHeader.Read(header, available - sizeof(long) - length);
        var start = stream.Position;
        var weights = ImmutableArray.CreateBuilder<NamedWeights>();
        foreach (var entry in entries.Where(e => isWanted?.Invoke(e.Name) ?? true))
        {
            stream.Position = start + entry.Start;
            var bytes = new byte[entry.Bytes];
            stream.ReadExactly(bytes);
            weights.Add(new NamedWeights(entry.Name, entry.Shape, Values(entry, bytes)));
        }

        return weights.ToImmutable();
    }

    /// <summary>Writes tensors as F32.</summary>
    /// <param name="path">The file; replaced whole.</param>
    /// <param name="weights">The tensors, of different names.</param>
    public static void Write(string path, IEnumerable<NamedWeights> weights)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = File.Create(path);
        Write(file, weights);
    }

    /// <inheritdoc cref="Write(string, IEnumerable{NamedWeights})"/>
    /// <param name="stream">Written from its position on; stays open.</param>
    /// <param name="weights">The tensors, of different names.</param>
    public static void Write(Stream stream, IEnumerable<NamedWeights> weights)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(weights);
        var all = weights.ToList();
        var header = SafeTensorsHeader.Write(all);
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var tensor in all)
        {
            var bytes = new byte[tensor.Values.Length * sizeof(float)];
            for (var i = 0; i < tensor.Values.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), tensor.Values[i]);
            }

            stream.Write(bytes);
        }
    }

    internal static FormatException Damaged(string how, Exception? inner = null) =>
        new($"This is no safetensors file that can be read: {how}. Download or save it again.", inner);

    private static long ReadLength(Stream stream, Span<byte> prefix)
    {
        stream.ReadExactly(prefix);
        return BinaryPrimitives.ReadInt64LittleEndian(prefix);
    }

    private static float[] Values(SafeTensorsEntry entry, ReadOnlySpan<byte> bytes)
    {
        var values = new float[entry.Bytes / entry.ItemBytes];
        for (var i = 0; i < values.Length; i++)
        {
            var item = bytes[(i * entry.ItemBytes)..];
            values[i] = entry.Type switch
            {
                "F32" => BinaryPrimitives.ReadSingleLittleEndian(item),
                "F64" => (float)BinaryPrimitives.ReadDoubleLittleEndian(item),
                "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(item),
                "BF16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(item) << 16),
                _ => throw Damaged($"'{entry.Name}' is of type {entry.Type}, and weights are F64, F32, F16 or BF16"),
            };
        }

        return values;
    }
}
