using System.Globalization;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp;

public static class TensorExtensionMethods
{
    public static Modules.Parameter AsParameter(this Tensor tensor) => new(tensor);

    public static float ToSingle(this Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this Tensor value) => value.ToScalar().ToDouble();
    public static Half ToHalf(this Tensor value) => value.ToScalar().ToHalf();
    public static sbyte ToSByte(this Tensor value) => value.ToScalar().ToSByte();
    public static byte ToByte(this Tensor value) => value.ToScalar().ToByte();
    public static short ToInt16(this Tensor value) => value.ToScalar().ToInt16();
    public static int ToInt32(this Tensor value) => value.ToScalar().ToInt32();
    public static long ToInt64(this Tensor value) => value.ToScalar().ToInt64();
    public static bool ToBoolean(this Tensor value) => value.ToScalar().ToBoolean();

    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => a * b);
    public static ReadOnlySpan<int> IntShape(this Tensor tensor) => Array.ConvertAll(tensor.shape, s => (int)s);

    public static int ElementSize(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => throw new NotImplementedException($"The size of {type} is not known.")
    };

    public static string str(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default) => tensor.ToString(style, fltFormat, width, cultureInfo, newLine);
    public static string jlstr(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null) => tensor.ToString(TensorStringStyle.Julia, fltFormat, width, cultureInfo, newLine);
    public static string metastr(this Tensor tensor) => tensor.ToString(TensorStringStyle.Metadata);
    public static string npstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) => tensor.ToString(TensorStringStyle.Numpy, fltFormat, width, cultureInfo, newLine);
    public static string cstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) => tensor.ToString(TensorStringStyle.CSharp, fltFormat, width, cultureInfo, newLine);

    public static Tensor print(this Tensor t, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default)
    {
        Console.WriteLine(t.ToString(style, fltFormat, width, cultureInfo, newLine));
        return t;
    }

    // On file: element type, number of dimensions, dimensions (all LEB128), then the raw bytes.
    public static void Save(this Tensor tensor, BinaryWriter writer)
    {
        writer.Encode((int)tensor.dtype);
        long[] shape = tensor.shape;
        writer.Encode(shape.Length);
        foreach (long size in shape)
            writer.Encode(size);
        writer.Flush();
        using var plain = tensor.detach();
        using var near = plain.cpu();
        using var dense = near.contiguous();
        dense.WriteBytesToStream(writer.BaseStream);
    }

    /// <summary>Closes the stream.</summary>
    public static void Save(this Tensor tensor, Stream stream)
    {
        using var writer = new BinaryWriter(stream);
        tensor.Save(writer);
    }

    public static void Save(this Tensor tensor, string location) => tensor.Save(File.Create(location));

    public static void Load(this Tensor tensor, BinaryReader reader, bool skip = false)
    {
        var (type, shape) = Header(reader);
        if (type != tensor.dtype)
            throw new ArgumentException($"The stream holds a tensor of type {type}, but the one to be filled has {tensor.dtype}.");
        Fill(tensor, type, shape, reader, skip);
    }

    public static Tensor Load(BinaryReader reader, bool skip = false)
    {
        Tensor? tensor = null;
        Load(ref tensor, reader, skip);
        return tensor!;
    }

    public static void Load(ref Tensor? tensor, BinaryReader reader, bool skip = false)
    {
        var (type, shape) = Header(reader);
        if (tensor is null)
            Demand(reader, type, shape);
        tensor ??= zeros(shape, type);
        Fill(tensor, type, shape, reader, skip);
    }

    private static (ScalarType, long[]) Header(BinaryReader reader)
    {
        long type = reader.Decode(), dimensions = reader.Decode();
        if (type > sbyte.MaxValue || !Enum.IsDefined((ScalarType)type))
            throw new ArgumentException($"The stream holds no tensor here: {type} is no element type.");
        if (dimensions > 64)
            throw new ArgumentException($"The stream holds no tensor here: {dimensions} dimensions.");
        var shape = new long[dimensions];
        for (int d = 0; d < shape.Length; d++)
            shape[d] = reader.Decode();
        return ((ScalarType)type, shape);
    }

    /// <summary>A corrupt size must not become a huge allocation.</summary>
    private static void Demand(BinaryReader reader, ScalarType type, long[] shape)
    {
        double bytes = shape.Aggregate((double)type.ElementSize(), (a, b) => a * b);
        if (reader.BaseStream.CanSeek && bytes > reader.BaseStream.Length - reader.BaseStream.Position)
            throw new EndOfStreamException($"The stream promises a tensor of {bytes} bytes and ends before.");
        if (bytes > int.MaxValue)
            throw new NotImplementedException($"The stream promises a tensor of {bytes} bytes; the most is 2 GB.");
    }

    private static void Fill(Tensor tensor, ScalarType type, long[] shape, BinaryReader reader, bool skip)
    {
        if (skip)
        {
            long bytes = shape.TotalSize() * type.ElementSize();
            if (reader.BaseStream.CanSeek)
                reader.BaseStream.Seek(bytes, SeekOrigin.Current);
            else
                _ = reader.ReadBytes(checked((int)bytes));
            return;
        }
        if (!shape.AsSpan().SequenceEqual(tensor.shape))
            throw new ArgumentException($"The stream holds a tensor of shape [{string.Join(", ", shape)}], but the one to be filled has [{string.Join(", ", tensor.shape)}].");
        using var _1 = no_grad();
        if (tensor.is_cpu() && tensor.is_contiguous() && tensor.dtype == type)
            tensor.ReadBytesFromStream(reader.BaseStream);
        else
        {
            using var near = empty(shape, type, CPU);
            near.ReadBytesFromStream(reader.BaseStream);
            tensor.copy_(near);
        }
    }
}
