using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of FNGD; see <see cref="FngdOptions"/>.</summary>
internal static class FngdMath
{
    /// <summary>c = (λI + m U Uᵀ)⁻¹ 1 for the gradients U of a mean loss, each 1/m of its example's: [M].</summary>
    public static Tensor Coefficients(SampleRows rows, double damping, string name)
    {
        using var scope = NewDisposeScope();
        return Factorizations.DampedInverse(rows.Gram().Times(rows.Examples), damping, name).sum(dim: 1L).MoveToOuterDisposeScope();
    }

    /// <summary>Σ c u = c̄ V + Σ (c − c̄) u for the gradient V = Σ u, of which other terms may be part: [O, I].</summary>
    public static Tensor Direction(Tensor gradient, SampleRows rows, Tensor coefficients)
    {
        using var scope = NewDisposeScope();
        var mean = coefficients.mean();
        return rows.Combine(coefficients.Minus(mean)).Plus(gradient.mul(mean)).MoveToOuterDisposeScope();
    }
}
