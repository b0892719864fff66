using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>One parameter of a network before it exists.</summary>
/// <param name="Name">Within its node; empty where the node has only this one and gives it its own name.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Start">The distribution of its first numbers.</param>
internal sealed record ParameterPlan(string Name, ImmutableArray<long> Shape, ParameterStart Start)
{
    public long Count => Shape.Aggregate(1L, (product, d) => checked(product * d));

    /// <summary>First numbers, drawn from <paramref name="random"/> alone.</summary>
    public float[] Draw(Random random)
    {
        var values = new float[Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)Start.Next(random);
        }

        return values;
    }
}

/// <summary>The distribution of a parameter's first numbers: <c>Centre + Deviation · N(0, 1) + Bound · U(−1, 1)</c>.</summary>
internal sealed record ParameterStart
{
    public double Centre { get; private init; }

    public double Deviation { get; private init; }

    public double Bound { get; private init; }

    public static ParameterStart Constant(double value) => new() { Centre = value };

    public static ParameterStart Normal(double deviation) => new() { Deviation = deviation };

    public static ParameterStart Uniform(double bound) => new() { Bound = bound };

    public double Next(Random random)
    {
        var value = Centre;
        if (Deviation > 0)
        {
            value += Deviation * NextGaussian(random);
        }

        return Bound > 0 ? value + Bound * (2 * random.NextDouble() - 1) : value;
    }

    /// <summary>A standard normal number by Box and Muller (1958); 1 − u keeps the logarithm finite.</summary>
    private static double NextGaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
