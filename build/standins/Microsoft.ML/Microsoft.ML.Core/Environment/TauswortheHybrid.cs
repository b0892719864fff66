namespace Microsoft.ML;

internal static class RandomUtils
{
    public static TauswortheHybrid Create(int? seed) => seed is { } s ? Create((uint)s) : new TauswortheHybrid(new Random());

    public static TauswortheHybrid Create(uint seed)
    {
        uint u2 = MurmurRound(seed, seed);
        uint u3 = MurmurRound(u2, seed);
        return new TauswortheHybrid(seed, u2, u3, MurmurRound(u3, seed));
    }

    /// <summary>A new generator that is seeded from, and so consumes numbers of, another one.</summary>
    public static TauswortheHybrid Create(Random source) => new(source);

    /// <summary>One round of MurmurHash3 (32 bits).</summary>
    public static uint MurmurRound(uint hash, uint chunk)
    {
        hash ^= uint.RotateLeft(chunk * 0xCC9E2D51, 15) * 0x1B873593;
        return uint.RotateLeft(hash, 13) * 5 + 0xE6546B64;
    }
}

/// <summary>
/// Three Tausworthe generators and a linear congruential one, combined: the generator of ML.NET's hosts
/// (Howes and Thomas, GPU Gems 3, chapter 37). The same seed gives the same numbers as there.
/// </summary>
internal sealed class TauswortheHybrid : Random
{
    private uint _z1, _z2, _z3, _z4;

    public TauswortheHybrid(uint z1, uint z2, uint z3, uint z4) => (_z1, _z2, _z3, _z4) = (z1, z2, z3, z4);

    public TauswortheHybrid(Random source)
    {
        _z1 = Seed();
        _z2 = Seed();
        _z3 = Seed();
        _z4 = Bits();

        uint Bits() => (uint)source.Next(0x10000) << 16 | (uint)source.Next(0x10000);

        uint Seed()
        {
            // The Tausworthe generators need a seed above 127.
            uint bits;
            do
            {
                bits = Bits();
            }
            while (bits < 128);
            return bits;
        }
    }

    public override int Next()
    {
        uint bits = NextBits();
        return (int)(bits + (bits & 0x80000000));
    }

    public override int Next(int maxValue)
    {
        Runtime.Contracts.CheckParam(maxValue >= 0, nameof(maxValue), "maxValue must be non-negative");
        return (int)((ulong)NextBits() * (ulong)maxValue >> 32);
    }

    public override int Next(int minValue, int maxValue)
    {
        Runtime.Contracts.CheckParam(minValue <= maxValue, nameof(minValue), "minValue must be less than or equal to maxValue.");
        return (int)((long)(NextDouble() * ((long)maxValue - minValue)) + minValue);
    }

    public override void NextBytes(byte[] buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)Next();
    }

    public override double NextDouble() => NextBits() * (1.0 / 4294967296.0);

    /// <summary>23 random bits in [0, 1).</summary>
    public float NextFloat() => (NextBits() >> 9) * (1f / (1 << 23));

    protected override double Sample() => NextDouble();

    private uint NextBits()
    {
        Step(ref _z1, 13, 19, 12, ~0x1u);
        Step(ref _z2, 2, 25, 4, ~0x7u);
        Step(ref _z3, 3, 11, 17, ~0xfu);
        _z4 = _z4 * 1664525 + 1013904223;
        return _z1 ^ _z2 ^ _z3 ^ _z4;
    }

    private static void Step(ref uint z, int s1, int s2, int s3, uint mask) => z = (z & mask) << s3 ^ (z << s1 ^ z) >> s2;
}
