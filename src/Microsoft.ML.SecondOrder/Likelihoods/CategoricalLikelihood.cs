using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Likelihoods;

/// <summary>
/// One of C classes; the outputs are unnormalised log-probabilities: loss −log softmax(f)ᵧ.
/// Targets: [B], int64, from 0 to C − 1. Hessian diag(p) − p pᵀ with p = softmax(f).
/// </summary>
public sealed class CategoricalLikelihood : Likelihood
{
    private protected override bool HasClassTargets => true;

    /// <summary>p − e_y with y drawn from p: the first class whose cumulated probability exceeds a uniform number.</summary>
    /// <inheritdoc/>
    public override Tensor SampleGradient(Tensor outputs, Generator generator, Tensor? targets = null)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var p = F.softmax(outputs, 1); // [B, C]
        var level = Uniform(outputs, generator); // [B, 1]
        var cumulated = p.narrow(1, 0, outputs.shape[1] - 1).to(float64).cumsum(1); // [B, C − 1]: rounding cannot lead past the last class
        var passed = cumulated.le(level).sum(dim: 1L, keepdim: true); // [B, 1], int64
        return p.Minus(zeros_like(p).scatter(1, passed, ones_like(p))).MoveToOuterDisposeScope();
    }

    /// <summary>√p_c (e_c − p) for each class c.</summary>
    /// <inheritdoc/>
    public override IEnumerable<Tensor> HessianRoots(Tensor outputs, Tensor? targets = null)
    {
        for (var c = 0L; c < outputs.shape[1]; c++)
        {
            yield return Root(outputs, c);
        }
    }

    /// <summary>√p: with R = (I − p 1ᵀ) diag(√p) and u = (p − e)/√p it is R u = p − e, and Rᵀ x = t leaves x free by what all classes have in common.</summary>
    internal override Tensor RootScale(Tensor outputs, Tensor targets)
    {
        using var gradMode = no_grad();
        using var p = F.softmax(outputs, 1); // [B, C]
        using var root = p.sqrt();
        return root.AtLeast(LeastRootScale);
    }

    /// <summary>diag(Σ w p) − Σ w p pᵀ: one product in place of one for each class.</summary>
    internal override Tensor HessianSum(Tensor outputs, Tensor? targets = null, Tensor? weights = null)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var p = F.softmax(outputs.to(float64), 1); // [B, C]
        var weighted = weights is null ? p : p.mul(weights.to(float64).unsqueeze(1));
        return diag(weighted.sum(dim: 0L)).Minus(p.t().mm(weighted)).MoveToOuterDisposeScope();
    }

    private static Tensor Root(Tensor outputs, long c)
    {
        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var p = F.softmax(outputs, 1); // [B, C]
        return p.narrow(1, c, 1).sqrt().mul(UnitColumn(outputs, c).Minus(p)).MoveToOuterDisposeScope();
    }

    private protected override Tensor RowLosses(Tensor outputs, Tensor targets)
    {
        using var logProbabilities = F.log_softmax(outputs, 1); // [B, C]
        using var index = targets.unsqueeze(1);
        using var chosen = logProbabilities.gather(1, index); // [B, 1]
        using var flat = chosen.squeeze(1);
        return flat.neg();
    }
}
