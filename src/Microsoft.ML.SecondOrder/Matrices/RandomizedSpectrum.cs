using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>
/// The largest eigenvalues of a symmetric, positive semi-definite matrix M from its products with few random vectors
/// (Halko, Martinsson and Tropp, 2011, arXiv 0909.4061): with K vectors about 2(2q + 1) D² K operations instead of some D³.
/// </summary>
internal static class RandomizedSpectrum
{
    /// <summary>Ω, normal numbers; drawn on the processor, so that every device sees the same.</summary>
    /// <returns>[D, K]</returns>
    public static Tensor Sketch(long dimension, long columns, ulong seed, ScalarType type, Device device)
    {
        using var generator = new Generator(seed, CPU);
        using var numbers = randn(dimension, columns, type, generator: generator);
        return numbers.to(device, copy: true);
    }

    /// <summary>The symmetric variant (SRE): the eigenvalues of T = Qᵀ M Q, with vectors Q W. Cheaper; the error of projection enters twice.</summary>
    /// <param name="matrix">M: [D, D].</param>
    /// <param name="sketch">Ω: [D, K].</param>
    /// <param name="iterations">q, power iterations.</param>
    /// <param name="rank">How many of the K eigenvalues are kept.</param>
    /// <param name="name">Names the matrix in errors.</param>
    /// <returns>[rank], ascending, and [D, rank].</returns>
    /// <exception cref="NumericalException">M is not finite.</exception>
    public static (Tensor Values, Tensor Vectors) ByEigenvalues(Tensor matrix, Tensor sketch, int iterations, long rank, string name)
    {
        using var scope = NewDisposeScope();
        var q = Range(matrix, sketch, iterations); // [D, K]
        var (values, vectors) = Factorizations.Eigen(q.t().mm(matrix.mm(q)), 0, name);
        return Kept(values, q.mm(Last(vectors, rank)), rank);
    }

    /// <summary>The singular values of Qᵀ M, with its right singular vectors (RSVD).</summary>
    /// <inheritdoc cref="ByEigenvalues"/>
    public static (Tensor Values, Tensor Vectors) BySingularValues(Tensor matrix, Tensor sketch, int iterations, long rank, string name)
    {
        using var scope = NewDisposeScope();
        var q = Range(matrix, sketch, iterations);
        var (values, vectors) = Factorizations.Singular(q.t().mm(matrix), name);
        return Kept(values, Last(vectors, rank).contiguous(), rank);
    }

    /// <summary>Q, an orthonormal basis of (M M)^q M Ω: [D, K].</summary>
    private static Tensor Range(Tensor matrix, Tensor sketch, int iterations)
    {
        using var scope = NewDisposeScope();
        var q = sketch;
        for (var product = 0; product < (2 * iterations) + 1; product++)
        {
            q = Factorizations.Orthogonal(matrix.mm(q)).Basis;
        }

        return q.MoveToOuterDisposeScope();
    }

    private static Tensor Last(Tensor vectors, long count) => vectors.narrow(1, vectors.shape[1] - count, count);

    private static (Tensor Values, Tensor Vectors) Kept(Tensor values, Tensor vectors, long rank) =>
        (values.narrow(0, values.shape[0] - rank, rank).clone().MoveToOuterDisposeScope(), vectors.MoveToOuterDisposeScope());
}
