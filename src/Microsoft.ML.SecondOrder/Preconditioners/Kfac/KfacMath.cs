using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of K-FAC for one layer; see <see cref="KfacOptions"/>.</summary>
internal static class KfacMath
{
    /// <summary>Eigenvalues of the damped product up to here count as directions without curvature, which are left out.</summary>
    private const double Negligible = 1e-10;

    /// <summary>What is added to A and to G.</summary>
    public static (double Inputs, double Outputs) Dampings(Tensor a, Tensor g, double damping, KfacDamping kind) =>
        kind == KfacDamping.EachFactor ? (damping, damping) : KroneckerDamping.Factored(a, g, damping);

    /// <summary>(M + λI)⁻¹: [D, D].</summary>
    public static Tensor Inverse(Tensor matrix, double damping, KfacSolver solver, string name)
    {
        if (solver == KfacSolver.Cholesky)
        {
            return Factorizations.DampedInverse(matrix, damping, name);
        }

        using var scope = NewDisposeScope();
        var (values, vectors) = Factorizations.Eigen(matrix, damping, name);
        return vectors.div(values.Plus(damping)).mm(vectors.t()).MoveToOuterDisposeScope();
    }

    /// <summary>(G ⊗ A + λI)⁻¹ on V: Q_G [(Q_Gᵀ V Q_A) / (λ_G λ_Aᵀ + λ)] Q_Aᵀ.</summary>
    /// <param name="gradient">V: [O, I].</param>
    /// <param name="a">λ_A and Q_A: [I] and [I, I].</param>
    /// <param name="g">λ_G and Q_G: [O] and [O, O].</param>
    /// <param name="damping">λ.</param>
    public static Tensor InProduct(Tensor gradient, (Tensor Values, Tensor Vectors) a, (Tensor Values, Tensor Vectors) g, double damping)
    {
        using var scope = NewDisposeScope();
        var rotated = g.Vectors.t().mm(gradient).mm(a.Vectors); // [O, I]
        var curvature = Significant(g.Values).outer(Significant(a.Values)).Plus(damping);
        return g.Vectors.mm(rotated.div_(curvature)).mm(a.Vectors.t()).MoveToOuterDisposeScope();
    }

    private static Tensor Significant(Tensor values) => values.mul(values.IsAbove(Negligible).to(values.dtype));
}
