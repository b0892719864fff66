using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The inverse of a sum of two Kronecker products.</summary>
internal static class TwoTermMath
{
    /// <summary>μ and W with Wᵀ (M₁ + λI) W = diag μ and Wᵀ (M₂ + λI) W = I.</summary>
    /// <param name="first">M₁: [D, D].</param>
    /// <param name="second">M₂: [D, D].</param>
    /// <param name="damping">λ.</param>
    /// <param name="name">Names the pair in errors.</param>
    public static (Tensor Values, Tensor Vectors) Joint(Tensor first, Tensor second, double damping, string name)
    {
        using var scope = NewDisposeScope();
        var size = first.shape[0];
        var shift = eye(size, size, float64, first.device).Times(damping);
        var (values, vectors) = Factorizations.JointEigen(first.to(float64).Plus(shift), second.to(float64).Plus(shift), damping, name);
        return (values.to(first.dtype).MoveToOuterDisposeScope(), vectors.to(first.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>(G₁ ⊗ A₁ + G₂ ⊗ A₂)⁻¹ on V, all damped: W_G [(W_Gᵀ V W_A) / (μ_G μ_Aᵀ + 1)] W_Aᵀ. [O, I].</summary>
    /// <param name="gradient">V: [O, I].</param>
    /// <param name="a">μ and W of A₁ and A₂.</param>
    /// <param name="g">μ and W of G₁ and G₂.</param>
    public static Tensor Direction(Tensor gradient, (Tensor Values, Tensor Vectors) a, (Tensor Values, Tensor Vectors) g)
    {
        using var scope = NewDisposeScope();
        var rotated = g.Vectors.t().mm(gradient).mm(a.Vectors);
        return g.Vectors.mm(rotated.div(g.Values.outer(a.Values).Plus(1))).mm(a.Vectors.t()).MoveToOuterDisposeScope();
    }
}
