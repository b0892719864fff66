namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>Seeds that depend on nothing but where they are used, so that a run which goes on from a saved state draws what it would have drawn.</summary>
internal static class SeedSequence
{
    /// <summary>A seed for each draw, far from those of its neighbours (the finaliser of SplitMix64).</summary>
    /// <param name="seed">The user's.</param>
    /// <param name="step">The step, or another count that grows.</param>
    /// <param name="draw">Which draw of that step.</param>
    public static ulong At(long seed, long step, int draw)
    {
        var z = unchecked((ulong)seed * 0xD1342543DE82EF95UL + (ulong)step * 0x9E3779B97F4A7C15UL + (ulong)draw * 0xA0761D6478BD642FUL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return z ^ (z >> 31);
    }
}
