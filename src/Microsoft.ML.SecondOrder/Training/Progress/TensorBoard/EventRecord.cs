using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The bytes of TensorBoard's event files: protocol buffers of type Event in the frames of TFRecord.</summary>
internal static class EventRecord
{
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>What every file begins with.</summary>
    public static byte[] Version(double wallTime) =>
        Framed(new Event { WallTime = wallTime, FileVersion = "brain.Event:2" }.ToByteArray());

    /// <summary>One number at one step.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="step">The place on TensorBoard's horizontal axis.</param>
    /// <param name="tag">The name of the chart; what precedes a slash groups it.</param>
    /// <param name="value">The number.</param>
    public static byte[] Scalar(double wallTime, long step, string tag, float value) =>
        Framed(new Event
        {
            WallTime = wallTime,
            Step = step,
            Summary = new Summary { Value = { new Summary.Types.Value { Tag = tag, SimpleValue = value } } },
        }.ToByteArray());

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
}
