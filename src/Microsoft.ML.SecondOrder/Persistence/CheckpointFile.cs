using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// The state of a training in a file: 8 bytes <c>2NDTRAIN</c>; int32 version; int64 length of the body; the body, see
/// <see cref="CheckpointBody"/>; 32 bytes SHA-256 of everything before. Little-endian; data only.
/// </summary>
/// <remarks>
/// Written beside its place, flushed to the disk and renamed: a process or machine that dies meanwhile leaves the file before.
/// </remarks>
internal sealed class CheckpointFile(string path) : CheckpointStore
{
    private const int Version = 4;
    private const int HeaderBytes = 8 + sizeof(int) + sizeof(long);

    private string Unfinished => path + ".unfinished";

    private static ReadOnlySpan<byte> Magic => "2NDTRAIN"u8;

    public override string Place => $"'{path}'";

    public override void Prepare()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Unfinished, []);
            File.Delete(Unfinished);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new IOException($"Options.CheckpointFolder is '{folder}', which cannot be written to: {failure.Message} Choose another folder.", failure);
        }
    }

    public override TrainingState? Load()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var file = File.ReadAllBytes(path);
        try
        {
            return CheckpointBody.Decode(Body(file));
        }
        catch (FormatException damaged)
        {
            throw new FormatException($"The saved state of a training in {Place} cannot be used: {damaged.Message} Delete the file to begin the training anew.", damaged);
        }
    }

    public override void Save(TrainingState state)
    {
        var body = CheckpointBody.Encode(state);
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(12), body.Length);
        using (var stream = new FileStream(Unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(header);
            stream.Write(body);
            stream.Write(Checksum(header, body));
            stream.Flush(flushToDisk: true);
        }

        File.Move(Unfinished, path, overwrite: true);
    }

    public override void Clear()
    {
        File.Delete(path);
        File.Delete(Unfinished);
    }

    /// <summary>The body of a file whose header and checksum are right.</summary>
    private static ReadOnlyMemory<byte> Body(byte[] file)
    {
        if (file.Length < HeaderBytes || !file.AsSpan(0, 8).SequenceEqual(Magic))
        {
            throw new FormatException("it is none.");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(8));
        if (version != Version)
        {
            throw new FormatException($"it has version {version}, and this Microsoft.ML.SecondOrder reads version {Version}.");
        }

        var length = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(12));
        if (length != file.Length - HeaderBytes - SHA256.HashSizeInBytes)
        {
            throw new FormatException($"it announces {length} bytes, but has {Math.Max(0, file.Length - HeaderBytes - SHA256.HashSizeInBytes)}.");
        }

        var end = HeaderBytes + (int)length;
        return Checksum(file.AsSpan(0, HeaderBytes), file.AsSpan(HeaderBytes, (int)length)).AsSpan().SequenceEqual(file.AsSpan(end))
            ? file.AsMemory(HeaderBytes, (int)length)
            : throw new FormatException("its checksum does not match its contents.");
    }

    private static byte[] Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
