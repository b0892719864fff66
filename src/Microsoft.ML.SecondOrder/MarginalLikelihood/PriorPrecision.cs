namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>Which weights share a prior precision δ: the prior of a weight is the normal distribution N(0, 1/δ), but for <see cref="Curvature"/>.</summary>
public enum PriorPrecision
{
    /// <summary>One for all weights and biases.</summary>
    Shared,

    /// <summary>One for each layer, its bias included.</summary>
    PerLayer,

    /// <summary>One for each weight and one for each bias.</summary>
    PerTensor,

    /// <summary>
    /// One for each column of the first layer's weight and one for its bias, and one for all other layers together. Inputs that
    /// do not matter get a large one (automatic relevance determination; MacKay, 1994).
    /// </summary>
    PerInput,

    /// <summary>
    /// One number γ for all layers: the weights' prior has the precision γN/(σ²T) times the damped mean curvature P = (A + π√λ I) ⊗ (G/N + √λ/π I),
    /// as Zellner's g-prior (1986) has it, around 0 for weights and around what they are for biases. It is what a decay of rate γ beside a preconditioned step P⁻¹g amounts to,
    /// since that comes to rest where the gradient g of the mean loss is −γPθ.
    /// </summary>
    Curvature,
}
