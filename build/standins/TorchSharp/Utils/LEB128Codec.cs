namespace TorchSharp.Utils;

/// <summary>Unsigned integers, seven bits a byte, the lowest first.</summary>
internal static class LEB128Codec
{
    internal static void Encode(this BinaryWriter writer, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        writer.Write7BitEncodedInt64(value);
    }

    internal static long Decode(this BinaryReader reader)
    {
        long value;
        try
        {
            value = reader.Read7BitEncodedInt64();
        }
        catch (FormatException e)
        {
            throw new InvalidDataException("The stream holds no valid LEB128 number here.", e);
        }
        return value >= 0 ? value : throw new InvalidDataException("The stream holds a LEB128 number that is too large.");
    }
}
