using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Eigenvalue-corrected K-FAC (George, Laurent, Bouthillier, Ballas and Vincent, 2018, arXiv 1806.03884): in the eigenbases
/// Q_G and Q_A of K-FAC's factors the second moments S of the examples' own gradients take the place of products of
/// eigenvalues; direction Q_G [(Q_Gᵀ V Q_A) / (S + λ)] Q_Aᵀ for the gradient V.
/// </summary>
/// <remarks>
/// Needs the rows of every example at every update: O·I numbers of state and B·O·I multiplications more than K-FAC. An
/// example with several positions has one gradient, the sum over its positions, whatever <see cref="LayerPreconditionerOptions.Sharing"/>.
/// </remarks>
public sealed record EkfacOptions : LayerPreconditionerOptions
{
    /// <summary>λ, added to the second moments. Unit: curvature. Default 1e-2; must be above 0.</summary>
    public double Damping { get; init; } = 1e-2;

    /// <summary>ρ, how much of the running averages an update keeps, both of the factors and of S. Default 0.95; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.95;

    /// <summary>Factors and second moments are updated at every so many steps, the first included. Default 10; at least 1.</summary>
    public int CovarianceInterval { get; init; } = 10;

    /// <summary>The eigenbases are computed anew at every so many steps, the first included; S begins anew then. Default 50; at least 1.</summary>
    public int BasisInterval { get; init; } = 50;

    /// <summary>At so many steps in the beginning everything is renewed whatever the intervals. Default 3; at least 1.</summary>
    public int EagerSteps { get; init; } = 3;

    /// <summary>Over what the loss is averaged. Default <see cref="LossAverage.Batch"/>.</summary>
    public LossAverage LossAverage { get; init; } = LossAverage.Batch;

    internal override LayerPreconditioner Create(LayerShape shape) => new EkfacPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (Sharing == WeightSharing.Reduce)
        {
            yield return $"{nameof(Sharing)} must be {nameof(WeightSharing.Expand)}: the examples' gradients need all positions.";
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (!(FactorDecay >= 0 && FactorDecay < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(FactorDecay)} must lie in [0, 1), but is {FactorDecay}.");
        }

        foreach (var (name, value) in new[] { (nameof(CovarianceInterval), CovarianceInterval), (nameof(BasisInterval), BasisInterval), (nameof(EagerSteps), EagerSteps) })
        {
            if (value < 1)
            {
                yield return $"{name} must be at least 1, but is {value}.";
            }
        }

        if (!Enum.IsDefined(LossAverage))
        {
            yield return $"{nameof(LossAverage)} must be a value of its type, but is {LossAverage}.";
        }
    }
}
