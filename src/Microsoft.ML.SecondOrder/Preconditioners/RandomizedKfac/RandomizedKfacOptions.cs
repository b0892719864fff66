using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Randomized K-FAC (Puiu, 2022, arXiv 2206.15397): K-FAC whose wide factors are inverted by their largest eigenvalues, found
/// by a random sketch: SRE-KFAC, or RS-KFAC with <see cref="RandomizedSolver.SingularValues"/>. The work at an inversion grows
/// with the square of the width instead of the cube; the factors themselves are kept whole.
/// </summary>
public sealed record RandomizedKfacOptions : LowRankKfacOptions
{
    internal override CurvatureFactor CreateWide(FactorShape shape, LayerShape layer) => new RandomizedFactor(shape, this);
}
