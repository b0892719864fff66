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
    /// <param name="curvature">H = Π(Sᵀ X Xᵀ S); becomes N, to save memory traffic.</param>
    /// <param name="gram">Π(SᵀS); used up.</param>
    /// <param name="otherCurvature">c = t̄r(H of the other factor); null for 1 (IKFAC).</param>
    /// <param name="otherGram">p = t̄r(Π(SᵀS) of the other factor); null for 1 (IKFAC).</param>
    /// <param name="damping">λ.</param>
    /// <param name="scale">σ.</param>
    public static StructuredMatrix Direction(
        StructuredMatrix curvature, StructuredMatrix gram, Tensor? otherCurvature, Tensor? otherGram, double damping, double scale)
    {
        if (otherCurvature is not null)
        {
            curvature.Scale(otherCurvature);
        }

        if (otherGram is not null)
        {
            gram.Scale(otherGram);
        }

        curvature.Add(gram, damping);
        curvature.AddIdentity(-1);
        curvature.Scale(scale);
        return curvature;
    }

    /// <summary>S ← S − β·S m, or with β / max(1, max|m|) in place of β.</summary>
    /// <param name="factor">S, changed in place.</param>
    /// <param name="momentum">m.</param>
    /// <param name="rate">β.</param>
    /// <param name="normalize">Whether a large momentum shortens the step.</param>
    public static void Step(StructuredMatrix factor, StructuredMatrix momentum, double rate, bool normalize)
    {
        using var change = factor.Times(momentum);
        if (normalize)
        {
            change.Scale(momentum.MaxAbs().AtLeast(1).reciprocal());
        }

        factor.Add(change, -rate);
    }
}
