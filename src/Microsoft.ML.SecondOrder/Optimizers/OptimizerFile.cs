using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.SecondOrder.Preconditioners;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>
/// The state of an optimizer as bytes: magic, version, length, body, SHA-256 of all before. The body holds the count of steps
/// and then each part by name, with type, shape and raw little-endian numbers. Data only; sizes are checked before allocation.
/// </summary>
internal static class OptimizerFile
{
    private const int Version = 2;
    private const int HashLength = 32;
    private const int MaximumDimensions = 8;
    private static readonly byte[] _magic = "SOSTATE\n"u8.ToArray();
    private static readonly Dictionary<ScalarType, int> _types = new()
    {
        [ScalarType.Float64] = 8,
        [ScalarType.Float32] = 4,
        [ScalarType.BFloat16] = 2,
        [ScalarType.Float16] = 2,
    };

    public static void Save(SecondOrderOptimizer optimizer, Stream stream)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(_magic);
            writer.Write(Version);
            writer.Write(0L);
            var start = memory.Position;
            WriteBody(optimizer, writer);
            writer.Flush();
            var length = memory.Position - start;
            memory.Position = start - sizeof(long);
            writer.Write(length);
        }

        stream.Write(memory.GetBuffer(), 0, (int)memory.Length);
        stream.Write(SHA256.HashData(memory.GetBuffer().AsSpan(0, (int)memory.Length)));
    }

    public static void Load(SecondOrderOptimizer optimizer, Stream stream)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var (steps, started, moving, numbers) = ReadBody(ReadChecked(stream));

        // Everything is compared with the optimizer before anything is changed.
        var expected = Expected(optimizer, started, moving, numbers);
        Compare(expected, numbers);

        foreach (var part in optimizer.Parts)
        {
            part.Discard();
            part.Preconditioner.Prepare(started.Contains(part.Name));
            part.Preconditioner.Prepare(Shapes(part, numbers));
            part.PrepareMomentum(moving.Contains(part.Name));
        }

        foreach (var (name, tensor) in Tensors(optimizer))
        {
            tensor.copy_(numbers[name]);
        }

        optimizer.Steps = steps;
        optimizer.Arm();
    }

    private static (long Steps, HashSet<string> Started, HashSet<string> Moving, Dictionary<string, Tensor> Numbers) ReadBody(byte[] body)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(body), Encoding.UTF8);
            return (reader.ReadInt64(), ReadNames(reader), ReadNames(reader), ReadTensors(reader));
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or OverflowException)
        {
            throw new FormatException("The saved state is damaged: " + e.Message, e);
        }
    }

    private static void WriteBody(SecondOrderOptimizer optimizer, BinaryWriter writer)
    {
        writer.Write(optimizer.Steps);
        WriteNames(writer, optimizer.Parts.Where(p => p.Preconditioner.IsStarted).Select(p => p.Name));
        WriteNames(writer, optimizer.Parts.Where(p => p.Momentum is not null).Select(p => p.Name));
        var tensors = Tensors(optimizer).ToList();
        writer.Write(tensors.Count);
        foreach (var (name, tensor) in tensors)
        {
            using var scope = NewDisposeScope();
            var plain = tensor.detach().cpu().contiguous();
            writer.Write(name);
            writer.Write((byte)plain.dtype);
            writer.Write(plain.dim());
            foreach (var size in plain.shape)
            {
                writer.Write(size);
            }

            writer.Write(plain.bytes);
        }
    }

    /// <summary>All tensors of the state, by name.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> Tensors(SecondOrderOptimizer optimizer)
    {
        foreach (var part in optimizer.Parts)
        {
            foreach (var named in Tensors(part.Name, part.Preconditioner))
            {
                yield return named;
            }

            if (part.Momentum is { } momentum)
            {
                yield return ($"{part.Name}/momentum", momentum);
            }
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Tensors(string part, Preconditioner preconditioner) =>
        from state in preconditioner.State
        from tensor in state.Value.Select((t, i) => (Number: i, Tensor: t))
        select ($"{part}/{state.Key}/{tensor.Number}", tensor.Tensor);

    /// <summary>Names, types and shapes that the file must have, found by bringing a copy of the parts' states into its form.</summary>
    private static Dictionary<string, (ScalarType Type, long[] Shape)> Expected(SecondOrderOptimizer optimizer, HashSet<string> started, HashSet<string> moving, Dictionary<string, Tensor> numbers)
    {
        var expected = new Dictionary<string, (ScalarType, long[])>();
        foreach (var part in optimizer.Parts)
        {
            using var twin = part.NewPreconditioner();
            twin.Prepare(started.Contains(part.Name));
            twin.Prepare(Shapes(part, numbers));
            foreach (var (name, tensor) in Tensors(part.Name, twin))
            {
                expected.Add(name, (tensor.dtype, tensor.shape));
            }

            if (moving.Contains(part.Name))
            {
                expected.Add($"{part.Name}/momentum", part.Form);
            }
        }

        return expected;
    }

    /// <summary>The shapes of a part's tensors in the file.</summary>
    public static Dictionary<string, long[]> Shapes(OptimizedPart part, Dictionary<string, Tensor> numbers)
    {
        var (prefix, suffix) = ($"{part.Name}/", "/0");
        return numbers
            .Where(n => n.Key.StartsWith(prefix, StringComparison.Ordinal) && n.Key.EndsWith(suffix, StringComparison.Ordinal) && n.Key.Length > prefix.Length + suffix.Length)
            .ToDictionary(n => n.Key[prefix.Length..^suffix.Length], n => n.Value.shape);
    }

    private static void Compare(Dictionary<string, (ScalarType Type, long[] Shape)> expected, Dictionary<string, Tensor> numbers)
    {
        var missing = expected.Keys.Except(numbers.Keys).FirstOrDefault();
        var strange = numbers.Keys.Except(expected.Keys).FirstOrDefault();
        if (missing is not null || strange is not null)
        {
            throw new FormatException(
                $"The saved state is of another model or other settings: it {(missing is null ? $"has '{strange}', which this optimizer lacks" : $"lacks '{missing}', which this optimizer has")}.");
        }

        foreach (var (name, (type, shape)) in expected)
        {
            var found = numbers[name];
            if (found.dtype != type || !found.shape.SequenceEqual(shape))
            {
                throw new FormatException(
                    $"The saved state is of another model or other settings: '{name}' is {found.dtype} [{string.Join(", ", found.shape)}], but should be {type} [{string.Join(", ", shape)}].");
            }
        }
    }

    /// <summary>The body of a file whose checksum is right.</summary>
    private static byte[] ReadChecked(Stream stream)
    {
        var header = new byte[_magic.Length + sizeof(int) + sizeof(long)];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header.AsSpan().StartsWith(_magic))
        {
            throw new FormatException("This is not a saved state of a second-order optimizer: its first bytes are wrong.");
        }

        var version = BitConverter.ToInt32(header, _magic.Length);
        if (version != Version)
        {
            throw new FormatException($"The saved state has version {version}; this library reads version {Version}. {(version > Version ? "Update the library." : "Save it anew.")}");
        }

        var length = BitConverter.ToInt64(header, _magic.Length + sizeof(int));
        if (length < 0 || length > Array.MaxLength - HashLength || (stream.CanSeek && length > stream.Length - stream.Position - HashLength))
        {
            throw new FormatException($"The saved state is cut off or damaged: it announces {length} bytes that are not there.");
        }

        using var body = new MemoryStream();
        Copy(stream, body, length + HashLength);
        var bytes = body.ToArray();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(bytes, 0, (int)length);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(bytes.AsSpan((int)length))
            ? bytes[..(int)length]
            : throw new FormatException("The saved state is damaged: its checksum is wrong.");
    }

    /// <summary>Copies piece by piece, so that a false length costs no memory.</summary>
    private static void Copy(Stream from, MemoryStream to, long count)
    {
        var piece = new byte[1 << 16];
        while (count > 0)
        {
            var read = from.Read(piece, 0, (int)Math.Min(piece.Length, count));
            if (read == 0)
            {
                throw new FormatException($"The saved state is cut off: {count} bytes are missing.");
            }

            to.Write(piece, 0, read);
            count -= read;
        }
    }

    private static void WriteNames(BinaryWriter writer, IEnumerable<string> names)
    {
        var list = names.ToList();
        writer.Write(list.Count);
        list.ForEach(writer.Write);
    }

    private static HashSet<string> ReadNames(BinaryReader reader)
    {
        var names = new HashSet<string>();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            names.Add(reader.ReadString());
        }

        return names;
    }

    /// <summary>Dimensions whose numbers are still in the file, so that nothing larger than the file is ever allocated.</summary>
    private static long[] ReadShape(BinaryReader reader, string name, int size)
    {
        var dimensions = reader.ReadInt64();
        var left = reader.BaseStream.Length - reader.BaseStream.Position;
        var shape = new long[dimensions is >= 0 and <= MaximumDimensions ? dimensions : throw Damaged()];
        var count = (Int128)size;
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = reader.ReadInt64();
            count *= shape[i] >= 0 ? shape[i] : throw Damaged();
            if (count > left)
            {
                throw Damaged();
            }
        }

        return shape;

        FormatException Damaged() => new($"The saved state is damaged: the shape of '{name}' does not fit the file.");
    }

    private static Dictionary<string, Tensor> ReadTensors(BinaryReader reader)
    {
        var tensors = new Dictionary<string, Tensor>();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var name = reader.ReadString();
            var type = (ScalarType)reader.ReadByte();
            if (!_types.TryGetValue(type, out var size))
            {
                throw new FormatException($"The saved state is damaged: '{name}' has the unknown type {(int)type}.");
            }

            var shape = ReadShape(reader, name, size);
            var tensor = empty(shape, type);
            reader.BaseStream.ReadExactly(tensor.bytes);
            tensors.Add(name, tensor);
        }

        return tensors;
    }
}
