namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Random numbers for a part of a training: the same for the same seed, whatever was drawn before.</summary>
internal static class Seeds
{
    /// <summary>A generator for each part, far from those of its neighbours.</summary>
    public static Random Random(long seed, long part) => new((int)(Mixed(seed, part) & int.MaxValue));

    /// <summary>A number from 0 to below 1 for each part.</summary>
    public static double Unit(long seed, long part) => (Mixed(seed, part) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The finaliser of SplitMix64.</summary>
    private static ulong Mixed(long seed, long part)
    {
        var z = unchecked((ulong)seed * 0xD1342543DE82EF95UL + (ulong)part * 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return z ^ (z >> 31);
    }
}
