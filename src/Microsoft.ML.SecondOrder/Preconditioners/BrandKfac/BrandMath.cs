using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of Brand's update of a spectrum U diag(d) Uᵀ; see <see cref="BrandKfacOptions"/>. Values are ascending.</summary>
internal static class BrandMath
{
    /// <summary>
    /// The largest eigenvalues of keep · U diag(d) Uᵀ + B Bᵀ: with P = Uᵀ B and B − U P = Q R, those of
    /// diag(keep · d, 0) + S Sᵀ for S = [P; R], turned by [U Q]. Exact where all R + N are kept.
    /// </summary>
    /// <param name="values">d: [R].</param>
    /// <param name="vectors">U: [D, R].</param>
    /// <param name="keep">What is left of the old spectrum.</param>
    /// <param name="columns">B: [D, N], with R + N ≤ D.</param>
    /// <param name="rank">How many are kept, at most R + N.</param>
    /// <param name="name">Names the matrix in errors.</param>
    /// <returns>[rank] and [D, rank].</returns>
    public static (Tensor Values, Tensor Vectors) Update(Tensor values, Tensor vectors, double keep, Tensor columns, long rank, string name)
    {
        using var scope = NewDisposeScope();
        var inside = vectors.t().mm(columns); // P: [R, N]
        var outside = columns.Minus(vectors.mm(inside));
        var leftover = vectors.t().mm(outside); // rounding, which a second projection removes
        outside = outside.Minus(vectors.mm(leftover));
        var (q, r) = Factorizations.Orthogonal(outside); // [D, N], [N, N]
        var s = cat(new List<Tensor> { inside.Plus(leftover), r }, 0); // [R + N, N]
        var core = s.mm(s.t());
        using (var diagonal = core.diagonal())
        {
            diagonal.narrow(0, 0, values.shape[0]).AddInPlace(values, keep);
        }

        var (all, turn) = Factorizations.Eigen(core, 0, name);
        turn = turn.narrow(1, all.shape[0] - rank, rank);
        var kept = vectors.mm(turn.narrow(0, 0, values.shape[0]));
        kept.addmm_(q, turn.narrow(0, values.shape[0], columns.shape[1]), 1, 1);
        return (all.narrow(0, all.shape[0] - rank, rank).clone().MoveToOuterDisposeScope(), kept.MoveToOuterDisposeScope());
    }

    /// <summary>Turns some of the vectors to the eigenvectors that M has in their span, and sorts by value.</summary>
    /// <param name="values">d: [R].</param>
    /// <param name="vectors">U: [D, R].</param>
    /// <param name="matrix">M: [D, D].</param>
    /// <param name="part">Which of the R: [S], whole numbers.</param>
    /// <param name="name">Names the matrix in errors.</param>
    public static (Tensor Values, Tensor Vectors) Correct(Tensor values, Tensor vectors, Tensor matrix, Tensor part, string name)
    {
        using var scope = NewDisposeScope();
        var some = vectors.index_select(1, part); // [D, S]
        var (d, turn) = Factorizations.Eigen(some.t().mm(matrix.mm(some)), 0, name);
        var sorted = values.index_copy(0, part, d).sort(0);
        var turned = vectors.index_copy(1, part, some.mm(turn)).index_select(1, sorted.Indices);
        return (sorted.Values.MoveToOuterDisposeScope(), turned.contiguous().MoveToOuterDisposeScope());
    }

    /// <summary>The same matrix with vectors that are orthonormal again, which they lose by rounding: with U = Q R, the eigenvalues of R diag(d) Rᵀ.</summary>
    public static (Tensor Values, Tensor Vectors) Straighten(Tensor values, Tensor vectors, string name)
    {
        using var scope = NewDisposeScope();
        var (q, r) = Factorizations.Orthogonal(vectors);
        var (d, turn) = Factorizations.Eigen(r.mul(values).mm(r.t()), 0, name);
        return (d.MoveToOuterDisposeScope(), q.mm(turn).MoveToOuterDisposeScope());
    }

    /// <summary>S X / √K with signs S: K random mixtures of the N rows of X, with E[(SX)ᵀ(SX)]/K = XᵀX.</summary>
    /// <param name="rows">X: [N, D].</param>
    /// <param name="count">K.</param>
    /// <param name="seed">Of the signs.</param>
    public static Tensor Mixed(Tensor rows, long count, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed, CPU);
        var signs = randint(2, new[] { count, rows.shape[0] }, rows.dtype, generator: generator).Times(2).Plus(-1).to(rows.device);
        return signs.mm(rows).Over(Math.Sqrt(count)).MoveToOuterDisposeScope();
    }
}
