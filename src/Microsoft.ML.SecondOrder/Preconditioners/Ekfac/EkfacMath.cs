using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of EKFAC for one layer; see <see cref="EkfacOptions"/>.</summary>
internal static class EkfacMath
{
    /// <summary>Largest number of entries of gradients of single examples that are held at a time.</summary>
    private const long Chunk = 1 << 22;

    /// <summary>Σ over vectors and examples of (Q_Gᵀ V_n Q_A)², entry by entry, with V_n = Σ_r g aᵀ over the positions of an example: [O, I].</summary>
    /// <param name="sample">The rows.</param>
    /// <param name="basisA">Q_A: [I, I].</param>
    /// <param name="basisG">Q_G: [O, O].</param>
    public static Tensor SecondMoments(LayerSample sample, Tensor basisA, Tensor basisG)
    {
        using var scope = NewDisposeScope();
        var a = sample.Inputs.to(basisA.dtype).mm(basisA); // [N, I]
        var g = sample.OutputGradients.to(basisG.dtype).mm(basisG).reshape(sample.Vectors, a.shape[0], -1); // [V, N, O]
        var (rows, o, i) = (a.shape[0], g.shape[2], a.shape[1]);
        var positions = rows / sample.Batch;
        if (positions == 1)
        {
            return g.square().sum(dim: 0L).t().mm(a.square()).MoveToOuterDisposeScope();
        }

        var sum = zeros(new[] { o, i }, a.dtype, a.device);
        var step = Math.Max(1, Chunk / (o * i));
        for (var v = 0L; v < sample.Vectors; v++)
        {
            for (var first = 0L; first < sample.Batch; first += step)
            {
                using var inner = NewDisposeScope();
                var count = Math.Min(step, sample.Batch - first);
                var left = g.select(0, v).narrow(0, first * positions, count * positions).reshape(count, positions, o);
                var right = a.narrow(0, first * positions, count * positions).reshape(count, positions, i);
                sum.AddInPlace(left.transpose(1, 2).bmm(right).square().sum(dim: 0L)); // [count, O, I]
            }
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>Q_G [(Q_Gᵀ V Q_A) / (S + λ)] Q_Aᵀ.</summary>
    /// <param name="gradient">V: [O, I].</param>
    /// <param name="basisA">Q_A: [I, I].</param>
    /// <param name="basisG">Q_G: [O, O].</param>
    /// <param name="moments">S: [O, I].</param>
    /// <param name="damping">λ.</param>
    public static Tensor Direction(Tensor gradient, Tensor basisA, Tensor basisG, Tensor moments, double damping)
    {
        using var scope = NewDisposeScope();
        return basisG.mm(basisG.t().mm(gradient).mm(basisA).div(moments.Plus(damping))).mm(basisA.t()).MoveToOuterDisposeScope();
    }
}
