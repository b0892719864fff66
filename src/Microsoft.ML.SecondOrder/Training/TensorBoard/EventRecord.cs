using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The bytes of TensorBoard's event files: protocol buffers of type Event in the frames of TFRecord.</summary>
internal static class EventRecord
{
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>What every file begins with.</summary>
    public static byte[] Version(double wallTime) =>
        Framed(Message(m => m.Double(1, wallTime).Text(3, "brain.Event:2")));

    /// <summary>One number at one step.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="step">The place on TensorBoard's horizontal axis.</param>
    /// <param name="tag">The name of the chart; what precedes a slash groups it.</param>
    /// <param name="value">The number.</param>
    public static byte[] Scalar(double wallTime, long step, string tag, float value) =>
        Framed(Message(e => e.Double(1, wallTime).Int64(2, step).Bytes(5, Message(s => s.Bytes(1, Message(v => v.Text(1, tag).Single(2, value)))))));

    /// <summary>Length, its checksum, data, their checksum; all little-endian.</summary>
    private static byte[] Framed(byte[] data)
    {
        var record = new byte[sizeof(long) + sizeof(uint) + data.Length + sizeof(uint)];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), MaskedChecksum(data));
        return record;
    }

    /// <summary>CRC-32C (Castagnoli), turned by 15 bits and shifted, as checksums of data that hold checksums are prone to errors.</summary>
    private static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }

    private static byte[] Message(Action<Fields> write)
    {
        var fields = new Fields();
        write(fields);
        return [.. fields.Written];
    }

    /// <summary>The fields of one message, in the order of the calls.</summary>
    private sealed class Fields
    {
        private const int Fixed64 = 1;
        private const int LengthDelimited = 2;
        private const int Fixed32 = 5;

        public List<byte> Written { get; } = [];

        public Fields Int64(int field, long value) => Tag(field, 0).Varint((ulong)value);

        public Fields Double(int field, double value)
        {
            var bytes = new byte[sizeof(double)];
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            return Tag(field, Fixed64).Append(bytes);
        }

        public Fields Single(int field, float value)
        {
            var bytes = new byte[sizeof(float)];
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            return Tag(field, Fixed32).Append(bytes);
        }

        public Fields Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public Fields Bytes(int field, byte[] value) => Tag(field, LengthDelimited).Varint((ulong)value.Length).Append(value);

        private Fields Tag(int field, int wireType) => Varint((ulong)(field << 3 | wireType));

        private Fields Varint(ulong value)
        {
            for (; value > 0x7f; value >>= 7)
            {
                Written.Add((byte)(value | 0x80));
            }

            Written.Add((byte)value);
            return this;
        }

        private Fields Append(byte[] bytes)
        {
            Written.AddRange(bytes);
            return this;
        }
    }
}
