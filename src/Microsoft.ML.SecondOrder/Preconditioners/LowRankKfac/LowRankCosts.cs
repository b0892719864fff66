namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// What a factor of D rows takes in one step of the mean, in multiplications of a large product of the same duration. The
/// factorisations' weights were measured (one core, single precision, D from 256 to 2048); only ratios matter.
/// </summary>
internal static class LowRankCosts
{
    /// <summary>Orthonormal columns take as long as so many times D K² multiplications.</summary>
    private const double Orthogonal = 3.6;

    /// <summary>Rows of a batch: the factor's inverse is applied to so many in a step.</summary>
    private const double Rows = 128;

    /// <summary>All eigenvalues, and products with the whole inverse.</summary>
    public static double Exact(LowRankKfacOptions options, double d) => (Eigen(d) / options.InverseInterval) + Average(options, d) + (Rows * d * d);

    /// <summary>A sketch, and products with the vectors that are kept.</summary>
    public static double Sketched(LowRankKfacOptions options, double d)
    {
        double k = options.SketchColumns;
        var products = options.WarmStart ? 1 : (2 * options.PowerIterations) + 1;
        var refresh = ((products + 1) * d * d * k) + (products * Orthogonal * d * k * k) + Eigen(k);
        return (refresh / options.InverseInterval) + Average(options, d) + (2 * Rows * options.Rank * d);
    }

    /// <summary>Brand's update at each observation, and products with the vectors that are kept.</summary>
    public static double Carried(BrandKfacOptions options, double d)
    {
        double r = options.Rank;
        var n = Math.Min(Rows, options.MaximumRows);
        var update = (4 * d * r * n) + (Orthogonal * d * n * n) + (d * (r + n) * r) + Eigen(r + n);
        var average = options.Correction == BrandCorrection.None ? 0 : Average(options, d);
        return (update / options.CovarianceInterval) + average + (2 * Rows * r * d);
    }

    /// <summary>Eigenvectors: some D³, and passes over D² numbers.</summary>
    private static double Eigen(double d) => (3 * d * d * d) + (1200 * d * d);

    /// <summary>The running average: one half of a symmetric product.</summary>
    private static double Average(LowRankKfacOptions options, double d) => Rows * d * d / 2 / options.CovarianceInterval;
}
