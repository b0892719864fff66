namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>The error function in double precision.</summary>
internal static class ErrorFunction
{
    private const double SeriesLimit = 2.5;

    /// <summary>
    /// erfc(x) = 1 − erf(x): the Maclaurin series of erf for |x| below 2.5, the continued fraction of erfc beyond
    /// (Abramowitz and Stegun, 1964, 7.1.6 and 7.1.14). Relative error below 1e-13.
    /// </summary>
    public static double Complement(double x)
    {
        if (double.IsNaN(x))
        {
            return double.NaN;
        }

        var z = Math.Abs(x);
        if (z < SeriesLimit)
        {
            return 1 - Series(x);
        }

        var tail = z > 27 ? 0 : Fraction(z);
        return x > 0 ? tail : 2 - tail;
    }

    /// <summary>erf(x) = 2/√π · e^(−x²) Σₖ 2ᵏ x^(2k+1) / (1·3·…·(2k+1)).</summary>
    private static double Series(double x)
    {
        var term = x;
        var sum = x;
        for (var k = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); k++)
        {
            term *= 2 * x * x / (2 * k + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>erfc(z) = e^(−z²)/√π · 1/(z + ½/(z + 1/(z + 3/2/(z + …)))).</summary>
    private static double Fraction(double z)
    {
        var f = z;
        for (var k = 60; k >= 1; k--)
        {
            f = z + k / 2.0 / f;
        }

        return Math.Exp(-z * z) / (Math.Sqrt(Math.PI) * f);
    }
}
