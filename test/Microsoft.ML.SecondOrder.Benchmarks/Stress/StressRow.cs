using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Benchmarks.Stress;

/// <summary>A row with a label for every task.</summary>
public sealed class StressRow
{
    /// <summary>Regression.</summary>
    public float Number { get; set; }

    /// <summary>Two classes.</summary>
    public bool Flag { get; set; }

    /// <summary>Four classes: the keys 1 to 4.</summary>
    [KeyType(4)]
    public uint Kind { get; set; }

    /// <summary>Example weight.</summary>
    public float Weight { get; set; } = 1;

    /// <summary>What is learned from.</summary>
    [VectorType(6)]
    public float[] Features { get; set; } = [];

    /// <summary>The same rows for the same arguments.</summary>
    public static List<StressRow> List(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var x = Enumerable.Range(0, 6).Select(i => i == 5 ? random.Next(2) : (float)(2 * random.NextDouble() - 1)).ToArray();
            var signal = MathF.Sin(3 * x[0]) + x[1] * x[2] + 0.5f * x[5] + 0.1f * (float)random.NextDouble();
            return new StressRow
            {
                Number = 10 * signal,
                Flag = signal > 0.3f,
                Kind = (uint)Math.Clamp((int)(signal + 2), 1, 4),
                Weight = 0.5f + (float)random.NextDouble(),
                Features = x,
            };
        })];
    }
}
