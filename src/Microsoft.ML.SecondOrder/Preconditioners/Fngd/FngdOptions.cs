using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Fast natural gradient descent (FNGD: Ou, Zhu, Huang and Liu, 2024, arXiv 2403.03473): the natural gradient is a weighted sum
/// of the gradients of the single examples, Σ c u / m with c = (λI + U Uᵀ/m)⁻¹ 1; the weights c are computed in the first steps
/// only and used for ever, after which a step costs about as much as one of gradient descent.
/// </summary>
/// <remarks>
/// Experimental. The coefficients belong to places in the batch, so that from the last learning step on they weight
/// examples at random where the rows are shuffled; only their mean then carries over. Of the paper only the abstract was at
/// hand: its rules for damping and for sharing coefficients between layers are not built. Parts of the gradient that are not
/// sums over examples (penalties) are multiplied by the mean of c.
/// </remarks>
public sealed record FngdOptions : LayerPreconditionerOptions
{
    /// <summary>λ, added to the curvature. Unit: curvature. Default 0.1; must be above 0.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>How many steps learn the coefficients and use the exact ones; an epoch of them in the paper. Default 100; at least 1.</summary>
    public int LearningSteps { get; init; } = 100;

    internal override LayerPreconditioner Create(LayerShape shape) => new FngdPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (Fisher != FisherKind.Empirical)
        {
            yield return $"{nameof(Fisher)} must be {nameof(FisherKind.Empirical)}: FNGD weights the examples' own gradients.";
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (LearningSteps < 1)
        {
            yield return $"{nameof(LearningSteps)} must be at least 1, but is {LearningSteps}.";
        }
    }
}
