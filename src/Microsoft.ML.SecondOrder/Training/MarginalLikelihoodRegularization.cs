using Microsoft.ML.SecondOrder.MarginalLikelihood;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>See <see cref="Regularization.MarginalLikelihood"/>.</summary>
public sealed record MarginalLikelihoodRegularization : Regularization
{
    internal MarginalLikelihoodRegularization(PriorPrecision? prior) => Prior = prior;

    /// <summary>Which weights share a precision; null for the default.</summary>
    public PriorPrecision? Prior { get; }
}
