using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// K-FAC for networks that solve differential equations (Dangel, Müller and Zeinhofer, 2024, arXiv 2405.15603): the curvature of
/// a loss of two terms, inside and on the boundary, is a sum of two Kronecker products, G₁ ⊗ A₁ + G₂ ⊗ A₂, whose inverse is applied
/// exactly by diagonalising both at once.
/// </summary>
/// <remarks>
/// Call <c>ObserveCurvature</c> once for each term, always in the same order, before <c>backward()</c>: for the differential
/// operator's values (from <see cref="ForwardLaplacian"/>) and for the values on the boundary, with a Gaussian likelihood; each
/// term is a mean over its points. Use double precision. Of the paper only the abstract was at hand; the factors are derived, the
/// step is the caller's: a norm constraint, or a search along the step.
/// </remarks>
public sealed record KfacPinnOptions : LayerPreconditionerOptions
{
    /// <summary>Takes the exact curvature, of which a Gaussian has one column an output.</summary>
    public KfacPinnOptions() => Fisher = FisherKind.Exact;

    /// <summary>λ, added to each of the four factors. Unit: of the factors. Default 1e-3; must be above 0.</summary>
    public double Damping { get; init; } = 1e-3;

    /// <summary>How many calls of <c>ObserveCurvature</c> a step has: 2, or 1 for a loss of one term. Default 2.</summary>
    public int Terms { get; init; } = 2;

    /// <summary>ρ, how much of the running averages an update keeps. Default 0.95; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.95;

    /// <summary>How the running averages begin. Default <see cref="FactorStart.WeightedMean"/>; the paper begins at the identity.</summary>
    public FactorStart Start { get; init; } = FactorStart.WeightedMean;

    /// <summary>Factors and inverses are renewed at every so many steps, the first included. Default 1; at least 1.</summary>
    public int UpdateInterval { get; init; } = 1;

    internal override LayerPreconditioner Create(LayerShape shape) => new KfacPinnPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (Fisher == FisherKind.Empirical)
        {
            yield return $"{nameof(Fisher)} must be {nameof(FisherKind.Exact)} or {nameof(FisherKind.Sampled)}: the loss's gradients do not tell its terms apart.";
        }

        if (Sharing != WeightSharing.Expand)
        {
            yield return $"{nameof(Sharing)} must be {nameof(WeightSharing.Expand)}: the channels of a derivative are not to be summed.";
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (Terms is not (1 or 2))
        {
            yield return $"{nameof(Terms)} must be 1 or 2, but is {Terms}.";
        }

        if (!(FactorDecay >= 0 && FactorDecay < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(FactorDecay)} must lie in [0, 1), but is {FactorDecay}.");
        }

        if (!Enum.IsDefined(Start))
        {
            yield return $"{nameof(Start)} must be a value of {nameof(FactorStart)}, but is {Start}.";
        }

        if (UpdateInterval < 1)
        {
            yield return $"{nameof(UpdateInterval)} must be at least 1, but is {UpdateInterval}.";
        }
    }
}
