using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// The formulas of SINGD for one factor S (K or C) of a layer: Lin et al., 2023, arXiv 2312.05705, figure 3. Average
/// traces t̄r stand where the paper has traces, as in the official code; the products are the same.
/// </summary>
internal static class SingdMath
{
    /// <summary>m ← α·m + N with N = σ · (c·H + λ·p·Π(SᵀS) − I), the direction against which the factor moves: heavy ball, not an average.</summary>
    /// <param name="momentum">m, changed in place; null where α is 0.</param>
    /// <param name="decay">α.</param>
    /// <param name="curvature">H = Π(Sᵀ X Xᵀ S); becomes N where there is no m.</param>
    /// <param name="gram">Π(SᵀS).</param>
    /// <param name="otherCurvature">c = t̄r(H of the other factor); null for 1 (IKFAC).</param>
    /// <param name="otherGram">p = t̄r(Π(SᵀS) of the other factor); null for 1 (IKFAC).</param>
    /// <param name="damping">λ.</param>
    /// <param name="scale">σ.</param>
    /// <returns>m, or N.</returns>
    public static StructuredMatrix Accumulate(
        StructuredMatrix? momentum, double decay, StructuredMatrix curvature, StructuredMatrix gram, Tensor? otherCurvature, Tensor? otherGram, double damping, double scale)
    {
        if (momentum is not null)
        {
            momentum.Scale(decay);
            momentum.Add(curvature, otherCurvature, scale);
        }
        else
        {
            momentum = curvature;
            momentum.Scale(scale);
            if (otherCurvature is not null)
            {
                momentum.Scale(otherCurvature);
            }
        }

        momentum.Add(gram, otherGram, scale * damping);
        momentum.AddIdentity(-scale);
        return momentum;
    }

    /// <summary>S ← S − β·S m, or with β / max(1, max|m|) in place of β.</summary>
    /// <param name="factor">S, changed in place.</param>
    /// <param name="momentum">m.</param>
    /// <param name="rate">β.</param>
    /// <param name="normalize">Whether a large momentum shortens the step.</param>
    public static void Step(StructuredMatrix factor, StructuredMatrix momentum, double rate, bool normalize)
    {
        using var change = factor.Times(momentum);
        factor.Add(change, normalize ? momentum.MaxAbs().AtLeast(1).reciprocal() : null, -rate);
    }
}
