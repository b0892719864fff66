using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// A network in a stream: magic, format version, length, body, SHA-256 of all that. The body is data only: no type
/// names, no code. Nothing of it is looked at before the checksum has been found right.
/// </summary>
/// <remarks>
/// Layout, little-endian: 8 bytes <c>2NDORDER</c>; int32 version; int64 length of the body; the body, see
/// <see cref="NetworkBody"/>; 32 bytes SHA-256 of everything before.
/// </remarks>
internal static class NetworkFile
{
    public const int Version = 1;

    /// <summary>Half a thousand million weights, 2 GB: what one array of bytes holds, with room for the rest.</summary>
    private const long MaximumWeights = 500_000_000;

    private const int HeaderBytes = 8 + sizeof(int) + sizeof(long);

    private static ReadOnlySpan<byte> Magic => "2NDORDER"u8;

    /// <exception cref="InvalidOperationException">The network is too large.</exception>
    public static void Write(FittedNetwork network, BinaryWriter writer, ContributionSettings? contributions = null)
    {
        var weights = network.Weights.Sum(w => (long)w.Values.Length);
        if (weights > MaximumWeights)
        {
            throw new InvalidOperationException(
                $"{network.Network} on {network.Shape.Inputs} features has {weights} weights; a saved network can have {MaximumWeights}. Use fewer features or narrower layers.");
        }

        var body = NetworkBody.Encode(network, contributions);
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(12), body.Length);
        writer.Write(header);
        writer.Write(body.Span);
        writer.Write(Checksum(header, new ReadOnlySequence<byte>(body)));
    }

    /// <exception cref="FormatException">This is no network, a newer one than this version reads, or a damaged one.</exception>
    public static FittedNetwork Read(BinaryReader reader) => ReadModel(reader).Network;

    /// <inheritdoc cref="Read"/>
    public static SavedModel ReadModel(BinaryReader reader)
    {
        var header = Pieces.Read(reader, HeaderBytes).ToArray();
        if (!header.AsSpan(0, 8).SequenceEqual(Magic))
        {
            throw new FormatException("This is not a network that Microsoft.ML.SecondOrder has saved: it does not begin as one.");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8));
        if (version is < 1 or > Version)
        {
            throw new FormatException(
                $"The saved network has format version {version}, and this Microsoft.ML.SecondOrder reads versions 1 to {Version}. "
                + "Update the package, or save the model with this version of it.");
        }

        var body = Pieces.Read(reader, BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(12)));
        var checksum = Pieces.Read(reader, SHA256.HashSizeInBytes).ToArray();
        if (!checksum.AsSpan().SequenceEqual(Checksum(header, body)))
        {
            throw BodyReader.Damaged("its checksum does not match its contents");
        }

        return NetworkBody.DecodeModel(new BodyReader(body));
    }

    private static byte[] Checksum(ReadOnlySpan<byte> header, ReadOnlySequence<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        foreach (var piece in body)
        {
            hash.AppendData(piece.Span);
        }

        return hash.GetHashAndReset();
    }
}
