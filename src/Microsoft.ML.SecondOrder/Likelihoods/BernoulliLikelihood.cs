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
    private protected override Tensor RowLosses(Tensor outputs, Tensor targets)
    {
        using var losses = F.binary_cross_entropy_with_logits(outputs, targets, null, nn.Reduction.None); // [B, 1]
        return losses.sum(dim: 1L);
    }
}
