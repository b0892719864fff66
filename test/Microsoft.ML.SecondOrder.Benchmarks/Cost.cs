namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>Seconds by the clock and of all processors.</summary>
internal readonly record struct Cost(double Wall, double Cpu)
{
    public static Cost operator +(Cost a, Cost b) => new(a.Wall + b.Wall, a.Cpu + b.Cpu);
}
