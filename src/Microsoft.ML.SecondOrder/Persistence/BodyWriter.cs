using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>Appends plain values, little-endian on every processor. See <see cref="BodyReader"/>.</summary>
internal sealed class BodyWriter
{
    private readonly MemoryStream _stream = new();

    public ReadOnlyMemory<byte> WrittenMemory => _stream.GetBuffer().AsMemory(0, (int)_stream.Length);

    public ReadOnlySpan<byte> Written => _stream.GetBuffer().AsSpan(0, (int)_stream.Length);

    public void Byte(byte value) => _stream.WriteByte(value);

    public void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    public void Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    /// <summary>The number of UTF-16 units, then the units: any text survives, lone surrogates too.</summary>
    public void Text(ReadOnlySpan<char> value)
    {
        Int32(value.Length);
        foreach (var unit in value)
        {
            _stream.WriteByte((byte)unit);
            _stream.WriteByte((byte)(unit >> 8));
        }
    }

    /// <summary>Their number, then the bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> values)
    {
        Int32(values.Length);
        _stream.Write(values);
    }

    /// <summary>Bare numbers, without their count.</summary>
    public void Singles(ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            _stream.Write(MemoryMarshal.AsBytes(values));
            return;
        }

        foreach (var value in values)
        {
            Int32(BitConverter.SingleToInt32Bits(value));
        }
    }

    /// <summary>Bare numbers, without their count.</summary>
    public void Doubles(ReadOnlySpan<double> values)
    {
        foreach (var value in values)
        {
            Double(value);
        }
    }
}
