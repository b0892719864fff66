using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace ImageClassification;

/// <summary>Reads the IDX files of MNIST: big-endian sizes, then bytes; compressed or not.</summary>
internal static class IdxReader
{
    private const int ImageMagic = 0x803;
    private const int LabelMagic = 0x801;

    public static Album Read(string images, string labels)
    {
        var (sizes, pixels) = Read(images, ImageMagic, 3);
        var (counts, names) = Read(labels, LabelMagic, 1);
        if (counts[0] != sizes[0])
        {
            throw new InvalidDataException($"'{images}' has {sizes[0]} pictures and '{labels}' {counts[0]} labels; take the two files of one set.");
        }

        var (height, width) = (sizes[1], sizes[2]);
        return new Album(width, height, [.. Enumerable.Range(0, sizes[0]).Select(i => new Picture
        {
            Name = names[i].ToString(CultureInfo.InvariantCulture),
            Pixels = [.. pixels.AsSpan(i * width * height, width * height).ToArray().Select(p => (float)p)],
        })]);
    }

    private static (int[] Sizes, byte[] Bytes) Read(string path, int magic, int axes)
    {
        var file = Bytes(path);
        if (file.Length < 4 * (1 + axes) || BinaryPrimitives.ReadInt32BigEndian(file) != magic)
        {
            throw new InvalidDataException($"'{path}' is no IDX file of bytes with {axes} axes.");
        }

        var sizes = Enumerable.Range(1, axes).Select(i => BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4 * i))).ToArray();
        var count = sizes.Aggregate(1L, (product, s) => s < 0 ? -1 : product * s);
        return count == file.Length - 4 * (1 + axes)
            ? (sizes, file[(4 * (1 + axes))..])
            : throw new InvalidDataException($"'{path}' should hold {string.Join(" × ", sizes)} bytes after its header, but holds {file.Length - 4 * (1 + axes)}.");
    }

    private static byte[] Bytes(string path)
    {
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
