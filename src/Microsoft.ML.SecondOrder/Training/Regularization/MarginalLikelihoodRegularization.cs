using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>See <see cref="Regularization.MarginalLikelihood"/>.</summary>
public sealed record MarginalLikelihoodRegularization : Regularization
{
    internal MarginalLikelihoodRegularization(PriorPrecision? prior) => Prior = prior;

    /// <summary>Which weights share a precision; null for the default.</summary>
    public PriorPrecision? Prior { get; internal init; }

    /// <summary>
    /// How the curvature of layers that act at several positions of a row, such as convolutions, is approximated; that of the steps is the optimizer's
    /// matter. Default <see cref="WeightSharing.Reduce"/>: it takes less time. Set it by <c>with</c>.
    /// </summary>
    public WeightSharing Sharing { get; init; } = WeightSharing.Reduce;
}
