namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Which curvature CG-FAC solves with; a product with either takes four thin matrix products or two.</summary>
public enum CgfacCurvature
{
    /// <summary>G ⊗ A of K-FAC, as in the paper.</summary>
    Kronecker,

    /// <summary>The layer's own block of the Fisher matrix, Σ u uᵀ over the examples: nothing is factored, and it costs half.</summary>
    Block,
}
