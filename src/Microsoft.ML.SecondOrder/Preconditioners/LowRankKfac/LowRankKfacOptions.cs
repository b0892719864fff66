using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// What the methods share that keep only the largest eigenvalues of K-FAC's factors A = E[a aᵀ] and G = E[g gᵀ] of wide layers:
/// direction (G + λ_G I)⁻¹ V (A + λ_A I)⁻¹ for the gradient V, where all eigenvalues that are not kept are taken for the
/// smallest one that is.
/// </summary>
/// <remarks>
/// A running average forgets: its eigenvalues decay over a number of modes that depends on the batch and on ρ, not on the
/// width (Puiu, 2022, arXiv 2206.15397). The damping is relative to a factor's largest eigenvalue and so does not depend on the
/// scale of inputs and loss. Bound the length of a step by the optimizer's norm constraint; the published program clips each
/// layer by itself instead.
/// </remarks>
public abstract record LowRankKfacOptions : LayerPreconditionerOptions
{
    private protected LowRankKfacOptions()
    {
    }

    /// <summary>λ as a fraction of each factor's largest eigenvalue. Default 0.1; above 0. The published program lowers it to 0.05 and 0.035 in later epochs.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>Eigenvalues that are kept of a wide factor. Default 220; at least 1.</summary>
    public int Rank { get; init; } = 220;

    /// <summary>Random vectors in excess of <see cref="Rank"/>. Default 10; at least 0.</summary>
    public int Oversampling { get; init; } = 10;

    /// <summary>q, power iterations of a sketch that begins with random vectors, two products each: more where eigenvalues decay slowly. Default 2; at least 0.</summary>
    public int PowerIterations { get; init; } = 2;

    /// <summary>
    /// Whether a sketch begins at the vectors of the one before, with <see cref="Oversampling"/> random ones beside them, and so needs
    /// one product instead of 2q + 1: running averages change slowly. Not in the paper. Default true.
    /// </summary>
    public bool WarmStart { get; init; } = true;

    /// <summary>How eigenvalues come from the sketch. Default <see cref="RandomizedSolver.Eigenvalues"/>.</summary>
    public RandomizedSolver Solver { get; init; } = RandomizedSolver.Eigenvalues;

    /// <summary>
    /// Factors of up to so many rows are decomposed exactly, as are those that are no wider than the sketch. Default null: where
    /// that takes fewer operations, counted over <see cref="InverseInterval"/> steps. At least 1.
    /// </summary>
    public int? ExactUpTo { get; init; }

    /// <summary>ρ, how much of the running averages an update keeps. Default 0.95; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.95;

    /// <summary>How the running averages begin. With <see cref="FactorStart.Identity"/> the fading identity is part of the damping. Default <see cref="FactorStart.WeightedMean"/>.</summary>
    public FactorStart Start { get; init; } = FactorStart.WeightedMean;

    /// <summary>The factors are updated at every so many steps, the first included. Default 10; at least 1.</summary>
    public int CovarianceInterval { get; init; } = 10;

    /// <summary>Eigenvalues are computed anew at every so many steps, the first included. Default 50; at least 1.</summary>
    public int InverseInterval { get; init; } = 50;

    /// <summary>At so many steps in the beginning everything is renewed whatever the intervals. Default 3; at least 1.</summary>
    public int EagerSteps { get; init; } = 3;

    /// <summary>Where the random vectors begin: equal seeds give equal fits. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Over what the loss is averaged. Default <see cref="LossAverage.Batch"/>.</summary>
    public LossAverage LossAverage { get; init; } = LossAverage.Batch;

    /// <summary>K, the random vectors of a sketch.</summary>
    internal long SketchColumns => (long)Rank + Oversampling;

    /// <summary>Whether a factor is decomposed exactly.</summary>
    /// <param name="size">Its rows.</param>
    internal bool IsExact(long size) => size <= SketchColumns || (ExactUpTo is { } limit ? size <= limit : LowRankCosts.Exact(this, size) <= LowRankCosts.Sketched(this, size));

    /// <summary>Creates a factor that is too wide to be decomposed exactly.</summary>
    internal abstract CurvatureFactor CreateWide(FactorShape shape, LayerShape layer);

    internal override LayerPreconditioner Create(LayerShape shape) => new LowRankKfacPreconditioner(this, shape);

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

        if (!(FactorDecay >= 0 && FactorDecay < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(FactorDecay)} must lie in [0, 1), but is {FactorDecay}.");
        }

        (string Name, int Value, int Least)[] bounds =
        [
            (nameof(Rank), Rank, 1), (nameof(Oversampling), Oversampling, 0), (nameof(PowerIterations), PowerIterations, 0), (nameof(ExactUpTo), ExactUpTo ?? 1, 1),
            (nameof(CovarianceInterval), CovarianceInterval, 1), (nameof(InverseInterval), InverseInterval, 1), (nameof(EagerSteps), EagerSteps, 1),
        ];
        foreach (var (name, value, least) in bounds.Where(b => b.Value < b.Least))
        {
            yield return $"{name} must be at least {least}, but is {value}.";
        }

        if (!Enum.IsDefined(Solver) || !Enum.IsDefined(Start) || !Enum.IsDefined(LossAverage))
        {
            yield return $"{nameof(Solver)}, {nameof(Start)} and {nameof(LossAverage)} must be values of their types, but are {Solver}, {Start} and {LossAverage}.";
        }
    }
}
