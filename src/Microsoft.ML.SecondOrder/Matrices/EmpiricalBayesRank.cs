namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>
/// Which singular values of a noisy matrix are signal: empirical variational Bayes matrix factorisation in closed form
/// (Nakajima, Sugiyama, Babacan and Tomioka, 2013, Journal of Machine Learning Research 14, theorem 2 and corollary 1).
/// </summary>
internal static class EmpiricalBayesRank
{
    private const double Tau = 2.5129;
    /// <summary>How exactly σ² is looked for: as in the published code where weights are of size 1, and finer for small ones.</summary>
    private const double LargestTolerance = 1e-5;
    private const double RelativeTolerance = 1e-4;

    /// <summary>The singular values above the noise, shrunk; largest first.</summary>
    /// <param name="values">All singular values of a matrix [L, M] with L ≤ M: L of them, descending.</param>
    /// <param name="columns">M.</param>
    public static double[] Signal(IReadOnlyList<double> values, long columns)
    {
        double l = values.Count, m = columns;
        var variance = NoiseVariance(values, columns);
        var threshold = Math.Sqrt(m * variance * Edge(l / m));
        return [.. values.Where(s => s > threshold).Select(s => Shrunk(s, l, m, variance))];
    }

    /// <summary>σ² where the free energy is least, between the bounds of the theory.</summary>
    private static double NoiseVariance(IReadOnlyList<double> values, long columns)
    {
        double l = values.Count, m = columns;
        var (alpha, edge) = (l / m, Edge(l / m));
        var most = (int)Math.Min(Math.Ceiling(l / (1 + alpha)) - 1, l); // signals there can be
        var noise = values.Skip(Math.Max(0, most)).Select(s => s * s).ToList();
        var upper = values.Sum(s => s * s) / (l * m);
        var lower = Math.Max(noise[0] / (m * edge), noise.Average() / m);
        return upper > lower ? BoundedSearch.Minimum(v => FreeEnergy(values, v, m, alpha, edge), lower, upper, Math.Min(LargestTolerance, RelativeTolerance * upper)) : upper;
    }

    /// <summary>(1 + τ)(1 + α/τ) with τ ≈ 2.5129 √α: where signal begins, in units of Mσ².</summary>
    private static double Edge(double alpha)
    {
        var tau = Tau * Math.Sqrt(alpha);
        return (1 + tau) * (1 + alpha / tau);
    }

    private static double Shrunk(double s, double l, double m, double variance)
    {
        var q = 1 - (l + m) * variance / (s * s);
        return s / 2 * (q + Math.Sqrt(q * q - 4 * l * m * variance * variance / Math.Pow(s, 4)));
    }

    private static double FreeEnergy(IReadOnlyList<double> values, double variance, double m, double alpha, double edge)
    {
        var sum = 0.0;
        foreach (var x in values.Select(s => s * s / (m * variance)))
        {
            if (x <= edge)
            {
                sum += x - Math.Log(x);
                continue;
            }

            var b = x - (1 + alpha);
            var tau = 0.5 * (b + Math.Sqrt(b * b - 4 * alpha));
            sum += x - tau + Math.Log((tau + 1) / x) + alpha * Math.Log(tau / alpha + 1);
        }

        return sum;
    }
}
