using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.MarginalLikelihood;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How sure a network's outputs are, and what is told of it.</summary>
/// <param name="Layers">The posterior of the weights of all layers, from the input on, or of the last one alone.</param>
internal sealed record Uncertainty(ImmutableArray<LayerUncertainty> Layers)
{
    /// <summary>Intervals around a number; null for none.</summary>
    public IntervalScale? Interval { get; init; }

    /// <summary>How class probabilities take account of it.</summary>
    public ClassPredictive Predictive { get; init; }

    /// <summary>Which of the layers do so.</summary>
    public UncertainLayers PredictiveLayers { get; init; }

    /// <summary>Σ of the variances of the outputs below which 95 of 100 training rows lie; null where nobody asks for what lies beyond.</summary>
    public double? UsualVariance { get; init; }
}

/// <summary>The standard deviation of a label around a number is Scale · √(Noise² + variance of the output).</summary>
/// <param name="Level">Share of the labels that intervals are to cover.</param>
/// <param name="Noise">σ, in the unit of the network's output.</param>
/// <param name="Scale">What rows that were not learned from say the deviations must be multiplied by.</param>
/// <param name="SeparatesNoise">Whether the two parts are told apart.</param>
internal sealed record IntervalScale(double Level, double Noise, double Scale, bool SeparatesNoise);

/// <summary>The posterior of one layer's joint weight [W b]: covariance (P ⊗ T) diag(m) (P ⊗ T)ᵀ.</summary>
/// <param name="Inputs">I, the bias included.</param>
/// <param name="Outputs">O.</param>
/// <param name="Left">Pᵀ, row by row: [O, O].</param>
/// <param name="Right">Tᵀ, row by row: [I, I].</param>
/// <param name="Variances">m, row by row: [O, I].</param>
internal sealed record LayerUncertainty(int Inputs, int Outputs, float[] Left, float[] Right, float[] Variances);
