using System.Globalization;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>
/// Targets with a few that are far off (Huber, 1964): the loss of an output is ½ r² where |r| = |f − y| ≤ δ, and grows only
/// as δ·(|r| − ½ δ) beyond. Targets: [B, O], of the outputs' type.
/// </summary>
/// <remarks>
/// Fits something between mean and median: sums of predictions of a skewed target come out too low. The Hessian is 1 inside
/// and 0 outside; the curvature takes <see cref="OutsideCurvature"/> there instead, so that no layer is ever without any.
/// </remarks>
public sealed class HuberLikelihood : Likelihood
{
    /// <summary>The second derivative that the curvature assumes for residuals beyond δ.</summary>
    public const double OutsideCurvature = 1e-3;

    /// <param name="delta">δ, in the unit of the outputs; above 0 and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">δ is not above 0 and finite.</exception>
    public HuberLikelihood(double delta = 1)
    {
        if (!(delta > 0 && double.IsFinite(delta)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(delta), string.Create(CultureInfo.InvariantCulture, $"Huber's δ must be above 0 and finite, but is {delta}. Use GaussianLikelihood for a loss that is quadratic everywhere."));
        }

        Delta = delta;
    }

    /// <summary>δ, where the loss turns from quadratic to linear, in the unit of the outputs.</summary>
    public double Delta { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="targets"/> is null.</exception>
    public override Tensor SampleGradient(Tensor outputs, Generator generator, Tensor? targets = null)
    {
        using var noise = Noise(outputs, generator);
        using var root = CurvatureRoot(outputs, targets);
        return noise.mul(root);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="targets"/> is null.</exception>
    public override IEnumerable<Tensor> HessianRoots(Tensor outputs, Tensor? targets = null)
    {
        using var root = CurvatureRoot(outputs, targets).DetachFromDisposeScope();
        for (var column = 0L; column < outputs.shape[1]; column++)
        {
            using var unit = UnitColumn(outputs, column);
            yield return unit.mul(root);
        }
    }

    /// <summary>1 inside, √(<see cref="OutsideCurvature"/>) outside.</summary>
    internal override Tensor RootScale(Tensor outputs, Tensor targets) => CurvatureRoot(outputs, targets);

    internal override bool HasNoise => true;

    /// <summary>Errors of more than 5 δ, which are those of absurd targets, count as 5 δ: many of them are noise, a few change little.</summary>
    internal override (double Loss, double Targets) BoundedLoss(Tensor outputs, Tensor targets, Tensor? weights)
    {
        const double Far = 5;
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var size = outputs.Minus(targets).abs().to(float64).AtMost(Far * Delta);
        var clipped = size.AtMost(Delta);
        var losses = clipped.mul(size.Minus(clipped.Times(0.5)));
        var own = weights?.to(float64).unsqueeze(1);
        return ((own is null ? losses : losses.mul(own)).sum().ToDouble(), (own is null ? outputs.shape[0] : own.sum().ToDouble()) * outputs.shape[1]);
    }

    internal override double LogNormalizer(double precision)
    {
        var (inside, outside) = Masses(precision);
        return Math.Log(inside + outside);
    }

    internal override double ExpectedLoss(double precision)
    {
        var (inside, outside) = Masses(precision);
        return (0.5 * inside + outside) / (precision * (inside + outside));
    }

    /// <summary>∫ exp(−h·c(r)) dr = √(2π/h) erf(δ√(h/2)) + 2/(hδ)·e^(−hδ²/2), whose derivative is −(½·first + second)/h.</summary>
    private (double First, double Second) Masses(double h) => (
        Math.Sqrt(2 * Math.PI / h) * (1 - ErrorFunction.Complement(Delta * Math.Sqrt(h / 2))),
        2 / (h * Delta) * Math.Exp(-0.5 * h * Delta * Delta));

    /// <summary>c·(|r| − ½ c) with c = min(|r|, δ).</summary>
    private protected override Tensor RowLosses(Tensor outputs, Tensor targets)
    {
        using var residual = outputs.Minus(targets); // [B, O]
        using var size = residual.abs();
        using var clipped = size.AtMost(Delta);
        using var half = clipped.Times(0.5);
        using var rest = size.Minus(half);
        using var losses = clipped.mul(rest);
        return losses.sum(dim: 1L);
    }

    /// <summary>The root of the second derivative of each output's loss: [B, O].</summary>
    private Tensor CurvatureRoot(Tensor outputs, Tensor? targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        using var gradMode = no_grad();
        using var residual = outputs.Minus(targets);
        using var size = residual.abs();
        using var inside = size.IsAtMost(Delta);
        using var weight = inside.to(outputs.dtype);
        using var scaled = weight.Times(1 - Math.Sqrt(OutsideCurvature));
        return scaled.Plus(Math.Sqrt(OutsideCurvature));
    }
}
