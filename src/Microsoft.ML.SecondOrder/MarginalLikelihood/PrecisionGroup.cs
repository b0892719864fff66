namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>Weights that share a prior precision.</summary>
/// <param name="Name">Layers, tensors or the input column.</param>
/// <param name="Parameters">How many weights.</param>
/// <param name="Precision">δ, or the rate of <see cref="PriorPrecision.Curvature"/>.</param>
/// <param name="EffectiveParameters">γ, how many of them the data determines: between 0 and <paramref name="Parameters"/>.</param>
/// <param name="Scatter">δ|θ|², or θᵀΔθ where the prior's precision Δ is a matrix, which equals γ where the evidence is at its maximum.</param>
public sealed record PrecisionGroup(string Name, long Parameters, double Precision, double EffectiveParameters, double Scatter)
{
    /// <summary>Derivative of the evidence in log δ: ½ (γ − δ|θ|²).</summary>
    public double LogPrecisionGradient => 0.5 * (EffectiveParameters - Scatter);
}
