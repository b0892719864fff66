namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How the damping λ enters the Kronecker product G ⊗ A of K-FAC.</summary>
public enum KfacDamping
{
    /// <summary>
    /// (G + √λ/π I) ⊗ (A + π√λ I) with π² = (tr A / I) / (tr G / O), which damps both factors alike (Martens and Grosse, 2015,
    /// section 6.3). What makes K-FAC train well, according to Benzing, 2022, arXiv 2201.12250.
    /// </summary>
    Factored,

    /// <summary>(G + λI) ⊗ (A + λI), as in several public programs.</summary>
    EachFactor,

    /// <summary>G ⊗ A + λI exactly, by eigendecompositions.</summary>
    Product,
}
