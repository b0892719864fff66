namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>How a running average of curvature begins.</summary>
public enum FactorStart
{
    /// <summary>With the first batch: each batch counts with a weight that falls by the decay with age, and the weights add up to 1 from the first on.</summary>
    WeightedMean,

    /// <summary>At the identity, which fades with the decay: damps the first steps, as in several public programs.</summary>
    Identity,
}
