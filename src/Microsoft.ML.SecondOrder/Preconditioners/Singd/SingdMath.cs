using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// The formulas of SINGD for one factor S (K or C) of a layer: Lin et al., 2023, arXiv 2312.05705, figure 3. Average
/// traces t̄r stand where the paper has traces, as in the official code; the products are the same.
/// </summary>
internal static class SingdMath
{
    /// <summary>N = σ · (c·H + λ·p·Π(SᵀS) − I), the direction against which the factor moves.</summary>
    /// <param name="factor">S.</param>
    /// <param name="curvature">H = Π(Sᵀ X Xᵀ S).</param>
    /// <param name="gram">Π(SᵀS).</param>
    /// <param name="otherCurvature">c = t̄r(H of the other factor); null for 1 (IKFAC).</param>
    /// <param name="otherGram">p = t̄r(Π(SᵀS) of the other factor); null for 1 (IKFAC).</param>
    /// <param name="damping">λ.</param>
    /// <param name="scale">σ.</param>
    public static StructuredMatrix Direction(
        StructuredMatrix factor, StructuredMatrix curvature, StructuredMatrix gram, Tensor? otherCurvature, Tensor? otherGram, double damping, double scale)
    {
        var adaptive = otherCurvature is null ? curvature : curvature.Scaled(otherCurvature);
        var ridge = otherGram is null ? gram : gram.Scaled(otherGram);
        return adaptive.Plus(ridge, damping).PlusIdentity(-1).Scaled(scale);
    }

    /// <summary>S − β·S m, or with β / max(1, max|m|) in place of β.</summary>
    /// <param name="factor">S.</param>
    /// <param name="momentum">m.</param>
    /// <param name="rate">β.</param>
    /// <param name="normalize">Whether a large momentum shortens the step.</param>
    public static StructuredMatrix Step(StructuredMatrix factor, StructuredMatrix momentum, double rate, bool normalize)
    {
        var change = factor.Times(momentum);
        return normalize
            ? factor.Plus(change.Scaled(momentum.MaxAbs().clamp(1).reciprocal()), -rate)
            : factor.Plus(change, -rate);
    }

    /// <summary>(C Cᵀ) G (K Kᵀ).</summary>
    /// <param name="k">K: [I, I].</param>
    /// <param name="c">C: [O, O].</param>
    /// <param name="gradient">G: [O, I].</param>
    /// <returns>[O, I], of the gradient's type.</returns>
    public static Tensor Precondition(StructuredMatrix k, StructuredMatrix c, Tensor gradient)
    {
        var right = k.Times(k.TransposeTimes(gradient.t().to(k.Type))); // K Kᵀ Gᵀ: [I, O]
        return c.Times(c.TransposeTimes(right.t().to(c.Type))).to(gradient.dtype);
    }
}
