using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>
/// Two classes; the output is the log-odds of the second: loss log(1 + e^f) − y·f.
/// Targets: [B, 1] with values 0 or 1, of the outputs' type. Hessian p(1 − p) with p = σ(f).
/// </summary>
public sealed class BernoulliLikelihood : Likelihood
{
    /// <summary>p − y with y drawn as 1 with probability p.</summary>
    /// <inheritdoc/>
    public override Tensor SampleGradient(Tensor outputs, Generator generator, Tensor? targets = null)
    {
        using var gradMode = no_grad();
        using var p = outputs.sigmoid();
        using var onCpu = rand(outputs.shape, float64, CPU, generator: generator);
        using var level = onCpu.to(outputs.device);
        using var drawn = level.lt(p);
        using var label = drawn.to(outputs.dtype);
        return p.Minus(label);
    }

    /// <summary>√(p(1 − p)) in each column.</summary>
    /// <inheritdoc/>
    public override IEnumerable<Tensor> HessianRoots(Tensor outputs, Tensor? targets = null)
    {
        for (var column = 0L; column < outputs.shape[1]; column++)
        {
            yield return Root(outputs, column);
        }
    }

    /// <summary>√(p(1 − p)).</summary>
    internal override Tensor RootScale(Tensor outputs, Tensor targets)
    {
        using var root = Root(outputs, 0);
        return root.AtLeast(LeastRootScale);
    }

    private static Tensor Root(Tensor outputs, long column)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var p = outputs.sigmoid();
        var other = outputs.neg().sigmoid(); // 1 − p, without loss of digits
        return p.mul(other).sqrt().mul(UnitColumn(outputs, column)).MoveToOuterDisposeScope();
    }

    private protected override Tensor RowLosses(Tensor outputs, Tensor targets)
    {
        using var losses = F.binary_cross_entropy_with_logits(outputs, targets, null, nn.Reduction.None); // [B, 1]
        return losses.sum(dim: 1L);
    }
}
