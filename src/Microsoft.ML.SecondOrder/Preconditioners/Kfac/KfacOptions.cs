using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Kronecker-factored approximate curvature (Martens and Grosse, 2015, arXiv 1503.05671; convolutions: Grosse and Martens,
/// 2016, arXiv 1602.01407; shared weights: Eschenhagen et al., 2023, arXiv 2311.00636): running averages A = E[a aᵀ] of a
/// layer's inputs and G = E[g gᵀ] of vectors at its outputs, and the direction G⁻¹ V A⁻¹ for the gradient V.
/// </summary>
/// <remarks>
/// Scale: A is a mean over rows; G is such that G ⊗ A is the curvature of the mean loss. Programs differ in how they split the
/// product, so that a damping for one is none for another.
/// </remarks>
public sealed record KfacOptions : LayerPreconditionerOptions
{
    /// <summary>λ, added to the curvature as <see cref="DampingKind"/> says. Unit: curvature. Default 1e-2; must be above 0.</summary>
    public double Damping { get; init; } = 1e-2;

    /// <summary>Where λ is added. Default <see cref="KfacDamping.Factored"/>.</summary>
    public KfacDamping DampingKind { get; init; } = KfacDamping.Factored;

    /// <summary>How the damped factors are inverted; <see cref="KfacDamping.Product"/> needs eigendecompositions in any case. Default <see cref="KfacSolver.Cholesky"/>.</summary>
    public KfacSolver Solver { get; init; } = KfacSolver.Cholesky;

    /// <summary>ρ, how much of the running averages an update keeps. Default 0.95; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.95;

    /// <summary>How the running averages begin. Default <see cref="FactorStart.WeightedMean"/>.</summary>
    public FactorStart Start { get; init; } = FactorStart.WeightedMean;

    /// <summary>The factors are updated at every so many steps, the first included. Default 10; at least 1.</summary>
    public int CovarianceInterval { get; init; } = 10;

    /// <summary>The inverses are computed anew at every so many steps, the first included. Default 10; at least 1.</summary>
    public int InverseInterval { get; init; } = 10;

    /// <summary>At so many steps in the beginning factors and inverses are renewed whatever the intervals. Default 3; at least 1.</summary>
    public int EagerSteps { get; init; } = 3;

    /// <summary>
    /// Lets <see cref="Damping"/> follow how well the steps do: call <c>SecondOrderOptimizer.AdaptDamping</c> after some of them.
    /// Default null: fixed, which did better in mini-batch training. The model of a step is the Kronecker-factored one, not the
    /// exact curvature of the paper.
    /// </summary>
    public DampingRule? Adaption { get; init; }

    /// <summary>Over what the loss is averaged. Default <see cref="LossAverage.Batch"/>.</summary>
    public LossAverage LossAverage { get; init; } = LossAverage.Batch;

    /// <summary>
    /// Whether the number R of positions that share a weight divides A and multiplies G, as in the program that the SINGD paper
    /// compares with. The product is the same, the damped one is not. Default false.
    /// </summary>
    public bool PositionsInOutputs { get; init; }

    internal override LayerPreconditioner Create(LayerShape shape) => new KfacPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        foreach (var problem in Adaption?.Problems() ?? [])
        {
            yield return $"{nameof(Adaption)}: {problem}";
        }

        if (!(FactorDecay >= 0 && FactorDecay < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(FactorDecay)} must lie in [0, 1), but is {FactorDecay}.");
        }

        foreach (var (name, value) in new[] { (nameof(CovarianceInterval), CovarianceInterval), (nameof(InverseInterval), InverseInterval), (nameof(EagerSteps), EagerSteps) })
        {
            if (value < 1)
            {
                yield return $"{name} must be at least 1, but is {value}.";
            }
        }

        if (!Enum.IsDefined(DampingKind) || !Enum.IsDefined(Solver) || !Enum.IsDefined(Start) || !Enum.IsDefined(LossAverage))
        {
            yield return $"{nameof(DampingKind)}, {nameof(Solver)}, {nameof(Start)} and {nameof(LossAverage)} must be values of their types, but are {DampingKind}, {Solver}, {Start} and {LossAverage}.";
        }
    }
}
