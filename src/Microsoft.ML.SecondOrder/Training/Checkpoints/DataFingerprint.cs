using System.Runtime.InteropServices;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>A number that differs, but for a chance of one in 2⁶⁴, where any row does.</summary>
internal sealed class DataFingerprint
{
    public ulong Value { get; private set; } = 0xCBF29CE484222325;

    /// <summary>Takes in numbers, in order.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        var hash = Value;
        foreach (var bits in MemoryMarshal.Cast<float, uint>(values))
        {
            hash = (hash ^ bits) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
        }

        Value = hash;
    }
}
