namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    /// <summary>Φ(x).</summary>
    public static double Probability(double x) => 0.5 * ErrorFunction.Complement(-x / Math.Sqrt(2));

    /// <summary>The x with Φ(x) = p, by bisection.</summary>
    /// <param name="p">In (0, 1).</param>
    public static double Quantile(double p)
    {
        var (low, high) = (-40.0, 40.0);
        for (var i = 0; i < 80; i++)
        {
            var middle = 0.5 * (low + high);
            (low, high) = Probability(middle) < p ? (middle, high) : (low, middle);
        }

        return 0.5 * (low + high);
    }
}
