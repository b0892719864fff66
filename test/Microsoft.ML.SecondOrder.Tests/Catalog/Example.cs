using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>A row of a small table that has a label for every task.</summary>
public sealed class Example
{
    public int Id { get; set; }

    public float Number { get; set; }

    /// <summary>Two targets in different units.</summary>
    [VectorType(2)]
    public float[] Pair { get; set; } = [];

    public bool Flag { get; set; }

    /// <summary>0 to 2, the keys 1 to 3; anything above is missing.</summary>
    [KeyType(3)]
    public uint Kind { get; set; }

    public string KindName { get; set; } = "";

    /// <summary>Two that matter, one of noise, an indicator, a constant.</summary>
    [VectorType(5)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;
}

/// <summary>Tables of examples.</summary>
public static class Examples
{
    public static readonly string[] KindNames = ["low", "middle", "high"];

    /// <summary>The same rows for the same arguments.</summary>
    public static List<Example> List(int count = 200, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => One(i, random))];
    }

    public static IDataView View(MLContext ml, int count = 200, int seed = 1) => ml.Data.LoadFromEnumerable(List(count, seed));

    private static Example One(int id, Random random)
    {
        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        float[] x = [Normal(), Normal(), Normal(), random.Next(2), 7];
        var signal = 2 * x[0] - x[1] + x[3];
        var kind = signal < -1 ? 0u : signal < 1 ? 1u : 2u;
        return new Example
        {
            Id = id,
            Number = 100 + 10 * signal + Normal(),
            Pair = [100 + 10 * signal, -1e-3f * (3 * x[0] + x[1])],
            Flag = signal > 0,
            Kind = kind,
            KindName = KindNames[kind],
            Features = x,
            Weight = 0.5f + (float)random.NextDouble(),
        };
    }
}
