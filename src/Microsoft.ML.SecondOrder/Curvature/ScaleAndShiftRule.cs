using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>
/// The scale γ and shift β of a normalisation layer, y = γ ∘ x̂ + β at each position. Its output is linear in both, whose Jacobian is small: rows
/// are those of a layer with one constant input, a = 1, whose joint weight is the column [γ; β], so that g = Σ [y' ∘ x̂; y'] over the positions
/// makes the curvature 1 ⊗ Σ g gᵀ exact. Kept apart from <see cref="LayerRule.For"/>: methods of optimizers have rules of their own for such parameters.
/// </summary>
/// <param name="weight">γ: [D], or of the shape that is normalised.</param>
/// <param name="bias">β, of the same shape; or null.</param>
/// <param name="normalize">x̂ of an input.</param>
/// <param name="group">What has the input's shape as [B, R, D].</param>
internal sealed class ScaleAndShiftRule(Parameter weight, Parameter? bias, Func<Tensor, Tensor> normalize, Func<Tensor, Tensor> group) : LayerRule
{
    public override Parameter Weight => weight;

    public override Parameter? Bias => bias;

    public override bool HasBiasColumn => false;

    /// <summary>
    /// The rule for a layer normalisation, a group normalisation, or a batch normalisation in evaluation mode with running statistics; null for
    /// other modules, and without a scale.
    /// </summary>
    public static new ScaleAndShiftRule? For(nn.Module module) => module switch
    {
        LayerNorm { elementwise_affine: true } m => new(m.weight, m.bias, x => nn.functional.layer_norm(x, m.normalized_shape, eps: m.eps), t => Last(t, m.normalized_shape)),
        GroupNorm { affine: true } m => new(m.weight, m.bias, x => nn.functional.group_norm(x, m.num_groups, eps: m.eps), Channels),
        BatchNorm { affine: true, running_mean: { } mean, running_var: { } variance } m =>
            new(m.weight, m.bias, x => nn.functional.batch_norm(x, mean, variance, training: false, eps: m.eps), Channels),
        _ => null,
    };

    public override Tensor InputRows(Tensor input, WeightSharing sharing)
    {
        using var grouped = group(input);
        return ones(new[] { sharing == WeightSharing.Reduce ? grouped.shape[0] : grouped.shape[0] * grouped.shape[1], 1 }, input.dtype, input.device);
    }

    /// <summary>Those of the shift alone.</summary>
    public override (Tensor Rows, long Batch, long Positions) GradientRows(Tensor gradient, WeightSharing sharing)
    {
        using var grouped = group(gradient);
        return (Rows(grouped, sharing), grouped.shape[0], grouped.shape[1]);
    }

    public override LayerSample Sample(Tensor input, IReadOnlyList<Tensor> vectors, WeightSharing sharing, BiasInput bias)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var x = group(normalize(input)); // [B, R, D]
        var rows = vectors.Select(v =>
        {
            var g = group(v);
            return bias == BiasInput.One ? cat(new List<Tensor> { Rows(g.mul(x), sharing), Rows(g, sharing) }, 1) : Rows(g.mul(x), sharing);
        }).ToList();
        return new LayerSample(InputRows(input, sharing).MoveToOuterDisposeScope(), cat(rows, 0).MoveToOuterDisposeScope(), x.shape[0], x.shape[1]) { Vectors = vectors.Count };
    }

    /// <summary>[B, R, D] as [B, D] or [B·R, D].</summary>
    private static Tensor Rows(Tensor grouped, WeightSharing sharing) => sharing == WeightSharing.Reduce ? grouped.sum(dim: 1L) : grouped.reshape(-1, grouped.shape[2]);

    /// <summary>[B, …, D…] as [B, R, D].</summary>
    private static Tensor Last(Tensor t, long[] normalized)
    {
        var size = normalized.Aggregate(1L, (a, b) => a * b);
        return t.reshape(t.dim() > normalized.Length ? t.shape[0] : 1, -1, size);
    }

    /// <summary>[B, D, …] as [B, R, D].</summary>
    private static Tensor Channels(Tensor t)
    {
        using var flat = t.reshape(t.shape[0], t.shape[1], -1);
        return flat.transpose(1, 2);
    }
}
