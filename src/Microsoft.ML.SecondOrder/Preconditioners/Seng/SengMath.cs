using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of SENG; see <see cref="SengOptions"/>.</summary>
internal static class SengMath
{
    /// <summary>(V − Uᵀ (λI + U Uᵀ)⁻¹ U V) / λ: [O, I].</summary>
    /// <param name="gradient">V: [O, I].</param>
    /// <param name="rows">U.</param>
    /// <param name="inverse">(λI + U Uᵀ)⁻¹: [M, M].</param>
    /// <param name="damping">λ.</param>
    /// <param name="sketch">Numbers of the columns that stand for U in U V; null for all.</param>
    /// <param name="outerProduct">Whether Uᵀ is applied by <see cref="OuterProduct"/>.</param>
    public static Tensor Direction(Tensor gradient, SampleRows rows, Tensor inverse, double damping, Tensor? sketch, bool outerProduct)
    {
        using var scope = NewDisposeScope();
        var inner = sketch is null ? rows.Inner(gradient) : rows.Columns(sketch).mv(gradient.reshape(-1).index_select(0, sketch)).Times(Share(sketch, gradient.numel()));
        var weights = inverse.mv(inner); // [M]
        var back = outerProduct ? OuterProduct(rows, weights) : rows.Combine(weights);
        return gradient.Minus(back).Over(damping).MoveToOuterDisposeScope();
    }

    /// <summary>U Uᵀ, or what some of the columns say about it: [M, M].</summary>
    public static Tensor Gram(SampleRows rows, Tensor? sketch)
    {
        if (sketch is null)
        {
            return rows.Gram();
        }

        using var scope = NewDisposeScope();
        var u = rows.Columns(sketch);
        return u.mm(u.t()).Times(Share(sketch, rows.Kept.Inputs.shape[2] * rows.Kept.Gradients.shape[2])).MoveToOuterDisposeScope();
    }

    /// <summary>(Σ √|v| g)(Σ v a)ᵀ / Σ √|v|, in place of Σ v g aᵀ: [O, I].</summary>
    public static Tensor OuterProduct(SampleRows rows, Tensor v)
    {
        using var scope = NewDisposeScope();
        var root = v.abs().sqrt();
        var sum = root.sum();
        return rows.OuterProduct(root, v.div(sum.Plus(sum.IsAtMost(0).to(sum.dtype)))).MoveToOuterDisposeScope(); // 0 where v is 0
    }

    private static double Share(Tensor sketch, long weights) => weights / (double)sketch.shape[0];
}
