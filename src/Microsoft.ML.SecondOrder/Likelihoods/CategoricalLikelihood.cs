using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>
/// One of C classes; the outputs are unnormalised log-probabilities: loss −log softmax(f)ᵧ.
/// Targets: [B], int64, from 0 to C − 1. Hessian diag(p) − p pᵀ with p = softmax(f).
/// </summary>
public sealed class CategoricalLikelihood : Likelihood
{
    private protected override Tensor RowLosses(Tensor outputs, Tensor targets)
    {
        using var logProbabilities = F.log_softmax(outputs, 1); // [B, C]
        using var index = targets.unsqueeze(1);
        using var chosen = logProbabilities.gather(1, index); // [B, 1]
        using var flat = chosen.squeeze(1);
        return flat.neg();
    }
}
