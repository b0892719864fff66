using System.Buffers.Binary;
using System.IO.Compression;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>Handwritten digits in the IDX format: 8 000 of the ten thousand test images train, the other 2 000 test.</summary>
internal sealed record MnistData(Tensor TrainingImages, Tensor TrainingDigits, Tensor TestImages, Tensor TestDigits)
{
    private const int Training = 8000;
    private const string Images = "mnist-t10k-images-idx3-ubyte.gz";
    private const string Digits = "mnist-t10k-labels-idx1-ubyte.gz";

    /// <summary>The folder with the files, or null where there is none: SECONDORDER_DATA, else shared/data beside the repository.</summary>
    public static string? Folder()
    {
        var candidates = new List<string?> { Environment.GetEnvironmentVariable("SECONDORDER_DATA") };
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            candidates.Add(Path.Combine(folder.FullName, "shared", "data"));
        }

        return candidates.FirstOrDefault(c => c is not null && File.Exists(Path.Combine(c, Images)) && File.Exists(Path.Combine(c, Digits)));
    }

    public static MnistData Read(string folder)
    {
        var (images, shape) = Idx(Path.Combine(folder, Images));
        var (digits, _) = Idx(Path.Combine(folder, Digits));
        var pixels = tensor(images).to(float32).div(255).reshape(shape[0], -1);
        var labels = tensor(digits).to(int64);
        var order = randperm(shape[0], generator: new Generator(1));
        pixels = pixels.index_select(0, order).sub(0.1307).div(0.3081); // mean and deviation of the pixels of the full training set
        labels = labels.index_select(0, order);
        return new MnistData(
            pixels.narrow(0, 0, Training).contiguous(),
            labels.narrow(0, 0, Training).contiguous(),
            pixels.narrow(0, Training, shape[0] - Training).contiguous(),
            labels.narrow(0, Training, shape[0] - Training).contiguous());
    }

    /// <summary>All ten thousand in the order of the file, brightness from 0 to 255.</summary>
    public static List<RaceRow> Rows(string folder)
    {
        var (images, shape) = Idx(Path.Combine(folder, Images));
        var (digits, _) = Idx(Path.Combine(folder, Digits));
        var size = images.Length / (int)shape[0];
        return [.. digits.Select((digit, i) => new RaceRow { Numbers = [.. images.AsSpan(i * size, size).ToArray().Select(p => (float)p)], Label = digit })];
    }

    /// <summary>Two zero bytes, the type (8: bytes), the number of axes, each size as a big-endian number, the bytes.</summary>
    private static (byte[] Bytes, long[] Shape) Idx(string path)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var head = new byte[4];
        file.ReadExactly(head);
        if (head[0] != 0 || head[1] != 0 || head[2] != 8)
        {
            throw new FormatException($"'{path}' must begin with the bytes 0 0 8 (IDX of bytes), but begins with {head[0]} {head[1]} {head[2]}.");
        }

        var size = new byte[4];
        var shape = new long[head[3]];
        for (var axis = 0; axis < shape.Length; axis++)
        {
            file.ReadExactly(size);
            shape[axis] = BinaryPrimitives.ReadInt32BigEndian(size);
        }

        var bytes = new byte[shape.Aggregate(1L, (a, b) => a * b)];
        file.ReadExactly(bytes);
        return (bytes, shape);
    }
}
