namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How K-FAC inverts a damped factor. The results are the same but for rounding.</summary>
public enum KfacSolver
{
    /// <summary>By Cholesky: about ten times cheaper; fails where the damping is lost in rounding.</summary>
    Cholesky,

    /// <summary>By eigendecomposition, with eigenvalues below 0 taken for 0.</summary>
    Eigen,
}
