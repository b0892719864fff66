using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>
/// Targets are the outputs plus noise of unit variance: loss ½ Σ (f − y)² over the outputs of a row.
/// Targets: [B, O], of the outputs' type. The Hessian with respect to the outputs is the identity.
/// </summary>
public sealed class GaussianLikelihood : Likelihood
{
    /// <inheritdoc/>
    public override Tensor SampleGradient(Tensor outputs, Generator generator, Tensor? targets = null) => Noise(outputs, generator);

    /// <inheritdoc/>
    public override IEnumerable<Tensor> HessianRoots(Tensor outputs, Tensor? targets = null)
    {
        for (var column = 0L; column < outputs.shape[1]; column++)
        {
            yield return UnitColumn(outputs, column);
        }
    }

    /// <summary>1.</summary>
    internal override Tensor RootScale(Tensor outputs, Tensor targets)
    {
        using var gradMode = no_grad();
        return ones_like(outputs);
    }

    /// <summary>½ log(2π/h).</summary>
    internal override double LogNormalizer(double precision) => 0.5 * Math.Log(2 * Math.PI / precision);

    internal override double ExpectedLoss(double precision) => 0.5 / precision;

    internal override bool HasNoise => true;

    private protected override Tensor RowLosses(Tensor outputs, Tensor targets)
    {
        using var residual = outputs.Minus(targets); // [B, O]
        using var squared = residual.square();
        using var sum = squared.sum(dim: 1L);
        return sum.Times(0.5);
    }
}
