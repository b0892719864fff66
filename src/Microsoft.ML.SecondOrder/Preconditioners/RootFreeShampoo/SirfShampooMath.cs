using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The formulas of SIRFShampoo (Lin et al., 2024, arXiv 2402.03496, figure 3). Axes are counted by n, lengths are dₙ, D is their product.</summary>
internal static class SirfShampooMath
{
    /// <summary>X = √(B/D) · G ×₁ K₁ᵀ … ×_N K_Nᵀ. Divided by √D at once, so that low precision has numbers of moderate size.</summary>
    /// <param name="gradient">G of the mean loss, on all axes.</param>
    /// <param name="factors">K₁ … K_N.</param>
    /// <param name="examples">B.</param>
    public static Tensor Whitened(Tensor gradient, IReadOnlyList<StructuredMatrix> factors, double examples)
    {
        using var scope = NewDisposeScope();
        var x = gradient.Times(Math.Sqrt(examples / gradient.numel()));
        for (var n = 0; n < factors.Count; n++)
        {
            var k = factors[n];
            x = AxisProduct.Along(x.to(k.Type), n, k.TransposeTimes);
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Nₙ = ½ (dₙ Π(X₍ₙ₎ X₍ₙ₎ᵀ) + λ · Π_{j≠n} t̄r(Π(K_jᵀ K_j)) · Π(KₙᵀKₙ) − I).</summary>
    /// <param name="whitened">X.</param>
    /// <param name="axis">n.</param>
    /// <param name="grams">Π(K_jᵀ K_j) of all axes.</param>
    /// <param name="damping">λ.</param>
    public static StructuredMatrix Slope(Tensor whitened, int axis, IReadOnlyList<StructuredMatrix> grams, double damping)
    {
        var gram = grams[axis];
        var unfolded = AxisProduct.Unfold(whitened, axis).to(gram.Type);
        var slope = gram.Pattern.ProjectGram(unfolded);
        slope.Scale(0.5 * unfolded.shape[0]);
        Tensor? traces = null;
        foreach (var other in grams.Where((_, j) => j != axis))
        {
            var trace = other.AverageTrace().to(slope.Type);
            traces = traces?.mul(trace) ?? trace;
        }

        slope.Add(gram, traces, 0.5 * damping);
        slope.AddIdentity(-0.5);
        return slope;
    }

    /// <summary>K ← K − β₂ / max(1, ‖m‖) · K m, with the norm of Frobenius.</summary>
    public static void Step(StructuredMatrix factor, StructuredMatrix momentum, double rate)
    {
        using var change = factor.Times(momentum);
        change.Scale(momentum.FrobeniusNorm().AtLeast(1).reciprocal().to(change.Type));
        factor.Add(change, -rate);
    }
}
