using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Kronecker-factored quasi-Newton: K-BFGS (Goldfarb, Ren and Bahamou, 2020, arXiv 2006.08877) for dense layers, KF-QN-CNN
/// (Ren, Bahamou and Goldfarb, 2021, arXiv 2102.06737) for convolutions, K-BFGS(L) with <see cref="Memory"/>. Keeps H_a ≈ A⁻¹
/// of a layer's inputs and H_g ≈ G⁻¹ of the Hessian at its outputs and renews both by BFGS updates; direction H_g V H_a for the
/// gradient V. Factorises nothing after the first step.
/// </summary>
/// <remarks>
/// H_g learns from what a step did: s, the change of the mean output, and y, the change of the mean gradient there, for the
/// same batch. Each step therefore takes a second pass: give <c>step()</c> a closure, or call <c>ObserveSecondPass(loss)</c>
/// after it. The trainers do so by themselves. For R positions that share a weight, A is a mean over rows and G a sum over
/// positions: there the papers' damping √λ becomes √(λ/R) for A and √(λR) for G.
/// </remarks>
public sealed record KbfgsOptions : LayerPreconditionerOptions
{
    /// <summary>λ; √λ is added to A and bounds the curvature y·s / s·s of G from below. Unit: curvature. Default 0.3; must be above 0.</summary>
    public double Damping { get; init; } = 0.3;

    /// <summary>How much of A, s and y an update keeps; the first batch counts whole. Default 0.9; from 0 to below 1.</summary>
    public double FactorDecay { get; init; } = 0.9;

    /// <summary>μ: Powell's damping keeps s·y at least at this share of y·H y. Default 0.2; between 0 and 1.</summary>
    public double PowellShare { get; init; } = 0.2;

    /// <summary>
    /// Whether y of the inputs' update is (A + …)s for the running average A, as in K-BFGS. Otherwise for the batch's own, so that
    /// A is never stored, as in the paper on convolutions. Default true.
    /// </summary>
    public bool KeepsInputFactor { get; init; } = true;

    /// <summary>How many pairs (s, y) make up H_g (K-BFGS(L); 100 there), which then takes 2·O numbers each; null keeps H_g itself, O² numbers. Default null; at least 1.</summary>
    public int? Memory { get; init; }

    /// <summary>H_a and H_g are updated, with a second pass, at every so many steps, the first included. Default 1, as in the papers; at least 1.</summary>
    public int UpdateInterval { get; init; } = 1;

    internal override LayerPreconditioner Create(LayerShape shape) => new KbfgsPreconditioner(this, shape);

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in CommonProblems())
        {
            yield return problem;
        }

        if (Fisher != FisherKind.Empirical)
        {
            yield return $"{nameof(Fisher)} must be {nameof(FisherKind.Empirical)}: K-BFGS compares gradients of the loss itself.";
        }

        if (!(Damping > 0 && double.IsFinite(Damping)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(Damping)} must be above 0 and finite, but is {Damping}.");
        }

        if (!(FactorDecay >= 0 && FactorDecay < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(FactorDecay)} must lie in [0, 1), but is {FactorDecay}.");
        }

        if (!(PowellShare > 0 && PowellShare < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(PowellShare)} must lie between 0 and 1, but is {PowellShare}.");
        }

        if (Memory is { } memory && memory < 1)
        {
            yield return $"{nameof(Memory)} must be at least 1, or null to keep the whole matrix, but is {memory}.";
        }

        if (UpdateInterval < 1)
        {
            yield return $"{nameof(UpdateInterval)} must be at least 1, but is {UpdateInterval}.";
        }
    }
}
