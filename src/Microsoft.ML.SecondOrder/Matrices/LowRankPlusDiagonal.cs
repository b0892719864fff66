using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>
/// S = U diag(w) Uᵀ + c I with orthonormal columns U: R·D numbers, and R·D operations times two for a product with a vector.
/// Borrows its tensors. No <see cref="StructuredMatrix"/>: sums and products of such matrices have a higher rank.
/// </summary>
/// <param name="Vectors">U: [D, R].</param>
/// <param name="Weights">w: [R].</param>
/// <param name="Rest">c: [1].</param>
internal readonly record struct LowRankPlusDiagonal(Tensor Vectors, Tensor Weights, Tensor Rest)
{
    /// <summary>(U diag(d) Uᵀ + e (I − U Uᵀ) + λI)⁻¹: w = 1/(d + λ) − 1/(e + λ), c = 1/(e + λ).</summary>
    /// <param name="values">d: [R].</param>
    /// <param name="vectors">U: [D, R].</param>
    /// <param name="rest">e, the eigenvalue that all directions beyond U are taken to have.</param>
    /// <param name="damping">λ, such that λ + e is above 0.</param>
    public static LowRankPlusDiagonal Inverse(Tensor values, Tensor vectors, double rest, double damping)
    {
        using var scope = NewDisposeScope();
        var c = 1 / (rest + damping);
        var w = values.Plus(damping).reciprocal().Plus(-c);
        var single = zeros(new long[] { 1 }, values.dtype, values.device);
        single.AddInPlace(c);
        return new LowRankPlusDiagonal(vectors, w.MoveToOuterDisposeScope(), single.MoveToOuterDisposeScope());
    }

    /// <summary>X S.</summary>
    /// <param name="rows">X: [N, D].</param>
    /// <returns>[N, D]</returns>
    public Tensor FromRight(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var inner = rows.mm(Vectors).mul_(Weights); // [N, R]
        var product = rows.mul(Rest);
        product.addmm_(inner, Vectors.t(), 1, 1);
        return product.MoveToOuterDisposeScope();
    }
}
