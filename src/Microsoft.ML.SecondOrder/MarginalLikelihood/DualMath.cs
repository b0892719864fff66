using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// The posterior of a network that is linear in its weights, seen from its outputs: one symmetric matrix of as many rows as there
/// are targets stands for the weights, however many those are. With J the Jacobian, Δ the prior precisions and the rows' curvature
/// h Λₙ = Rₙ Rₙᵀ it is B = I + Rᵀ J Δ⁻¹ Jᵀ R, exactly: no Kronecker approximation. In double.
/// </summary>
internal static class DualMath
{
    /// <summary>Rows of the matrix that are filled at once.</summary>
    private const long Portion = 512;

    /// <summary>Columns of the factor's inverse that are there at once.</summary>
    private const long InversePortion = 256;

    /// <summary>B ← B + a part of it that belongs to one layer: (a aᵀ) ∘ (g gᵀ). Fills the lower triangle, which is all that is read.</summary>
    /// <param name="gram">B, row n's V vectors side by side: [N·V, N·V], in double.</param>
    /// <param name="a">Rows of layer inputs times Δ^−½ of their columns, with a trailing 1 for the bias: [N, I].</param>
    /// <param name="g">For each row the columns of R propagated back to the layer's outputs: [N, V, O].</param>
    public static void AddLayer(Tensor gram, Tensor a, Tensor g)
    {
        var (rows, vectors) = (g.shape[0], g.shape[1]);
        using var flat = g.reshape(rows * vectors, -1);
        for (var start = 0L; start < rows; start += Portion)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(Portion, rows - start);
            var end = start + count; // up to the diagonal
            var outputs = flat.narrow(0, start * vectors, count * vectors).mm(flat.narrow(0, 0, end * vectors).t()).reshape(count, vectors, end, vectors);
            var inputs = a.narrow(0, start, count).mm(a.narrow(0, 0, end).t()).reshape(count, 1, end, 1);
            gram.narrow(0, start * vectors, count * vectors).narrow(1, 0, end * vectors).AddInPlace(outputs.mul(inputs).reshape(count * vectors, end * vectors));
        }
    }

    /// <summary>
    /// What leave-one-out needs of the matrix: the blocks of its inverse on the diagonal, one a row, and its determinant. With B = L Lᵀ a block is XᵀX of
    /// its columns X of L⁻¹: two thirds of the work of the inverse, and no room for it.
    /// </summary>
    /// <param name="gram">B, its lower triangle, with the identity: [N·V, N·V].</param>
    /// <param name="vectors">V.</param>
    /// <returns>M: [N, V, V], and log det B.</returns>
    /// <exception cref="NumericalException">B is not positive definite: numbers in it are not finite.</exception>
    public static (Tensor Blocks, double LogDeterminant) Inverse(Tensor gram, long vectors)
    {
        using var scope = NewDisposeScope();
        var (factor, info) = linalg.cholesky_ex(gram);
        if (info.item<int>() != 0)
        {
            throw new NumericalException($"The matrix of {gram.shape[0]} targets by as many that leave-one-out needs holds numbers that are not finite. Look at the network's weights, or use folds.");
        }

        var logDeterminant = 2 * factor.diagonal().log().sum().ToDouble();
        var (size, step) = (gram.shape[0], Math.Max(1, InversePortion / vectors) * vectors);
        var blocks = new List<Tensor>();
        for (var start = 0L; start < size; start += step)
        {
            using var inner = NewDisposeScope();
            var columns = Math.Min(step, size - start);
            var corner = factor.narrow(0, start, size - start).narrow(1, start, size - start);
            var part = linalg.solve_triangular(corner, eye(size - start, columns, dtype: float64, device: gram.device), upper: false); // of L⁻¹
            var rows = part.reshape(size - start, columns / vectors, vectors).permute(1, 2, 0);
            blocks.Add(rows.bmm(rows.transpose(1, 2)).MoveToOuterDisposeScope());
        }

        return (cat(blocks, 0).MoveToOuterDisposeScope(), logDeterminant);
    }

    /// <summary>
    /// Rₙᵀ δfₙ, with δfₙ what leaving row n out does to its outputs: (Mₙ⁻¹ − I) uₙ, where Rₙ uₙ is the row's gradient. For squared
    /// errors that is the residual rₙ / Mₙₙ of the row left out.
    /// </summary>
    /// <param name="blocks">M: [N, V, V].</param>
    /// <param name="coefficients">u: [N, V].</param>
    /// <returns>[N, V]</returns>
    /// <exception cref="NumericalException">A block is singular: the row alone decides on its outputs.</exception>
    public static Tensor Shifts(Tensor blocks, Tensor coefficients)
    {
        using var scope = NewDisposeScope();
        var inverse = blocks.shape[1] == 1 ? blocks.reciprocal() : Factorizations.DampedInverse(blocks, 0, "part of a row in the inverse that leave-one-out needs");
        return inverse.bmm(coefficients.unsqueeze(2)).squeeze(2).Minus(coefficients).MoveToOuterDisposeScope();
    }
}
