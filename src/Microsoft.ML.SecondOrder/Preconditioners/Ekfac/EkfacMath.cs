using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of EKFAC for one layer; see <see cref="EkfacOptions"/>.</summary>
internal static class EkfacMath
{
    /// <summary>Σ over vectors and examples of (Q_Gᵀ V_n Q_A)², entry by entry, with V_n = Σ_r g aᵀ over the positions of an example: [O, I].</summary>
    /// <param name="sample">The rows.</param>
    /// <param name="basisA">Q_A: [I, I].</param>
    /// <param name="basisG">Q_G: [O, O].</param>
    public static Tensor SecondMoments(LayerSample sample, Tensor basisA, Tensor basisG)
    {
        using var scope = NewDisposeScope();
        var a = sample.Inputs.to(basisA.dtype).mm(basisA); // [N, I]
        var g = sample.OutputGradients.to(basisG.dtype).mm(basisG).reshape(sample.Vectors, a.shape[0], -1); // [V, N, O]
        if (a.shape[0] == sample.Batch)
        {
            return g.square().sum(dim: 0L).t().mm(a.square()).MoveToOuterDisposeScope();
        }

        var sum = zeros(new[] { g.shape[2], a.shape[1] }, a.dtype, a.device);
        ExampleGradients.ForEach(sample with { Inputs = a, OutputGradients = g.flatten(0, 1) }, v => sum.AddInPlace(v.square().sum(dim: 0L)));
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
