using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How sure a network's number is: for a row the standard deviation is Scale · √(Noise² + variance of the output).</summary>
/// <param name="Level">Share of the labels that intervals are to cover.</param>
/// <param name="Noise">σ, in the unit of the network's output.</param>
/// <param name="Scale">What rows that were not learned from say the deviations must be multiplied by.</param>
/// <param name="Layers">The posterior of each layer's weights, from the input on.</param>
internal sealed record Uncertainty(double Level, double Noise, double Scale, ImmutableArray<LayerUncertainty> Layers);

/// <summary>The posterior of one layer's joint weight [W b]: covariance (P ⊗ T) diag(m) (P ⊗ T)ᵀ.</summary>
/// <param name="Inputs">I, the bias included.</param>
/// <param name="Outputs">O.</param>
/// <param name="Left">Pᵀ, row by row: [O, O].</param>
/// <param name="Right">Tᵀ, row by row: [I, I].</param>
/// <param name="Variances">m, row by row: [O, I].</param>
internal sealed record LayerUncertainty(int Inputs, int Outputs, float[] Left, float[] Right, float[] Variances);
