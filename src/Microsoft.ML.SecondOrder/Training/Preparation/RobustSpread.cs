namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Where the bulk of numbers lies and how wide it is, whatever a few of them are.</summary>
/// <param name="Median">Half of the weight lies at or below it.</param>
/// <param name="Deviation">The standard deviation of a normal distribution as wide as the bulk; 0 where most numbers are equal.</param>
internal readonly record struct RobustSpread(double Median, double Deviation)
{
    /// <summary>How many times a robust deviation another one has to be to tell of another distribution.</summary>
    public const double Suspicious = 3;

    /// <summary>How far apart quartiles, and the ends of the middle nine tenths, are in a normal distribution of deviation 1.</summary>
    private const double Quartiles = 1.3489795003921634;
    private const double NineTenths = 3.2897072539029444;

    /// <summary>By quartiles, or by the middle nine tenths where those are much wider: numbers that are mostly near 0, say.</summary>
    /// <param name="values">At least one finite number.</param>
    /// <param name="weights">As many, each at least 0, with a positive sum; or empty for equal weights.</param>
    public static RobustSpread Of(ReadOnlySpan<float> values, ReadOnlySpan<float> weights)
    {
        var sorted = values.ToArray();
        var mass = weights.IsEmpty ? Enumerable.Repeat(1f, sorted.Length).ToArray() : weights.ToArray();
        Array.Sort(sorted, mass);
        var at = Quantiles(sorted, mass, [0.05, 0.25, 0.5, 0.75, 0.95]);
        var (inner, outer) = ((at[3] - at[1]) / Quartiles, (at[4] - at[0]) / NineTenths);
        return new RobustSpread(at[2], outer > Suspicious * inner ? outer : inner);
    }

    /// <summary>The least numbers up to which such shares of the mass lie; shares ascend.</summary>
    private static double[] Quantiles(float[] sorted, float[] mass, double[] shares)
    {
        var total = mass.Sum(m => (double)m);
        var result = new double[shares.Length];
        var (i, sum) = (0, (double)mass[0]);
        for (var q = 0; q < shares.Length; q++)
        {
            while (sum < shares[q] * total && i < sorted.Length - 1)
            {
                sum += mass[++i];
            }

            result[q] = sorted[i];
        }

        return result;
    }
}
