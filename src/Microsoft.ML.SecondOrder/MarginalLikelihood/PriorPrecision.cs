namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>Which weights share a prior precision δ: the prior of a weight is the normal distribution N(0, 1/δ).</summary>
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
}
