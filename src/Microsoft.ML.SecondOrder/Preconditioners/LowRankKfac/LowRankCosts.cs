namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// What a factor of D rows takes in one step of the mean, in multiplications of a large product of the same duration. The
/// factorisations' weights were measured (one core, single precision, D from 256 to 2048); only ratios matter.
/// </summary>
internal static class LowRankCosts
{
    /// <summary>Eigenvectors take as long as so many times D³ multiplications; orthonormal columns so many times D K².</summary>
    private const double Eigen = 25;
    private const double Orthogonal = 8;

    /// <summary>Rows that a factor's inverse is applied to in a step.</summary>
    private const double Rows = 128;

    /// <summary>All eigenvalues, and products with the whole inverse.</summary>
    public static double Exact(LowRankKfacOptions options, double d) => (Eigen * d * d * d / options.InverseInterval) + (Rows * d * d);

    /// <summary>A sketch, and products with the vectors that are kept.</summary>
    public static double Sketched(LowRankKfacOptions options, double d)
    {
        double k = options.SketchColumns;
        var products = (2 * options.PowerIterations) + 1;
        var refresh = ((products + 1) * d * d * k) + (products * Orthogonal * d * k * k) + (Eigen * k * k * k);
        return (refresh / options.InverseInterval) + (2 * Rows * options.Rank * d);
    }

    /// <summary>Brand's update at each observation, and products with the vectors that are kept.</summary>
    public static double Carried(BrandKfacOptions options, double d)
    {
        double r = options.Rank;
        var n = Math.Min(Rows, options.MaximumRows);
        var update = (4 * d * r * n) + (Orthogonal * d * n * n) + (d * (r + n) * r) + (Eigen * Math.Pow(r + n, 3));
        return (update / options.CovarianceInterval) + (2 * Rows * r * d);
    }
}
