using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Gradient descent on neurons (FOOF: Benzing, 2022, arXiv 2201.12250): K-FAC without the output factor, direction
/// V (A + λI)⁻¹ for the gradient V and the running average A = E[a aᵀ] of the layer's inputs: the change of weights that
/// comes closest to a gradient step on the layer's outputs.
/// </summary>
/// <remarks>
/// A is a mean over rows, where the published code sums them: its damping is ours times the number of rows. What makes up
/// the output factor elsewhere (<see cref="LayerPreconditionerOptions.Fisher"/>) is not looked at.
/// </remarks>
public sealed record FoofOptions : LayerPreconditionerOptions
{
    /// <summary>λ, added to A. Unit: squared input. Default 1; must be above 0.</summary>
    public double Damping { get; init; } = 1;

    /// <summary>ρ, how much of the running average an update keeps. Default 0.95; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.95;

    /// <summary>A and its inverse are renewed at every so many steps, the first included. Default 10; at least 1.</summary>
    public int UpdateInterval { get; init; } = 10;

    internal override LayerPreconditioner Create(LayerShape shape) => new FoofPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (Fisher != FisherKind.Empirical)
        {
            yield return $"{nameof(Fisher)} must be {nameof(FisherKind.Empirical)}: FOOF looks at inputs only.";
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (!(FactorDecay >= 0 && FactorDecay < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(FactorDecay)} must lie in [0, 1), but is {FactorDecay}.");
        }

        if (UpdateInterval < 1)
        {
            yield return $"{nameof(UpdateInterval)} must be at least 1, but is {UpdateInterval}.";
        }
    }
}
