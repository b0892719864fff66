using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of CG-FAC; see <see cref="CgfacOptions"/>. Vectors are matrices [O, I].</summary>
internal static class CgfacMath
{
    /// <summary>G V A + λV with A = aᵀa / N and G = gᵀg, from the rows: four products of N·O·I multiplications.</summary>
    public static Tensor Kronecker(Tensor v, SampleRows rows, double damping)
    {
        using var scope = NewDisposeScope();
        var (a, g) = (rows.Inputs, rows.Gradients);
        var gv = g.t().mm(g.mm(v)); // [O, I]
        return gv.mm(a.t()).mm(a).Over(a.shape[0]).Plus(v, damping).MoveToOuterDisposeScope();
    }

    /// <summary>Σ u ⟨u, V⟩ + λV over the examples.</summary>
    public static Tensor Block(Tensor v, SampleRows rows, double damping)
    {
        using var scope = NewDisposeScope();
        return rows.Combine(rows.Inner(v)).Plus(v, damping).MoveToOuterDisposeScope();
    }

    /// <summary>λ + (Σ g²)(mean a²): [O, I], the diagonal of <see cref="Kronecker"/>.</summary>
    public static Tensor Diagonal(SampleRows rows, double damping)
    {
        using var scope = NewDisposeScope();
        return rows.Gradients.square().sum(dim: 0L).outer(rows.Inputs.square().mean(new long[] { 0 })).Plus(damping).MoveToOuterDisposeScope();
    }

    /// <summary>Conjugate gradients for F X = V.</summary>
    /// <param name="apply">F, symmetric and positive definite.</param>
    /// <param name="gradient">V: [O, I].</param>
    /// <param name="start">X to begin with; null for 0.</param>
    /// <param name="diagonal">The preconditioner's diagonal: [O, I]; null for none.</param>
    /// <param name="iterations">At most so many.</param>
    /// <param name="tolerance">Ends at a residual of this share of |V|.</param>
    /// <returns>[O, I]; null where a product is not finite, or F not positive.</returns>
    public static Tensor? Solve(Func<Tensor, Tensor> apply, Tensor gradient, Tensor? start, Tensor? diagonal, int iterations, double tolerance)
    {
        using var scope = NewDisposeScope();
        var x = start?.clone() ?? zeros_like(gradient);
        var r = start is null ? gradient.clone() : gradient.Minus(apply(start));
        var end = tolerance * Math.Sqrt(Inner(gradient, gradient));
        var z = diagonal is null ? r : r.div(diagonal);
        var p = z.clone();
        var rz = Inner(r, z);
        for (var i = 0; i < iterations && Math.Sqrt(Inner(r, r)) > end; i++)
        {
            using var iteration = NewDisposeScope();
            var fp = apply(p);
            var curvature = Inner(p, fp);
            if (!(curvature > 0 && double.IsFinite(curvature)))
            {
                return null;
            }

            x.AddInPlace(p, rz / curvature);
            r.AddInPlace(fp, -rz / curvature);
            var next = diagonal is null ? r : r.div(diagonal);
            var rzNext = Inner(r, next);
            p.ScaleInPlace(rzNext / rz);
            p.AddInPlace(next);
            rz = rzNext;
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>⟨X, Y⟩.</summary>
    public static double Inner(Tensor x, Tensor y)
    {
        using var product = x.mul(y);
        using var sum = product.sum();
        return sum.ToDouble();
    }
}
