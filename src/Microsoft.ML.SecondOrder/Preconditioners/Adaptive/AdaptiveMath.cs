using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The elementwise formulas of AdamW, RMSProp and their root-free versions (Lin et al., 2024, arXiv 2402.03496).</summary>
internal static class AdaptiveMath
{
    /// <summary>m ← β·m + (1 − β)·g.</summary>
    public static void AverageMean(Tensor mean, Tensor gradient, double decay)
    {
        mean.ScaleInPlace(decay);
        mean.AddInPlace(gradient, 1 - decay);
    }

    /// <summary>v ← β·v + (1 − β)·F·g².</summary>
    public static void AverageSquare(Tensor square, Tensor gradient, double decay, double batchSize)
    {
        square.ScaleInPlace(decay);
        square.AddProductInPlace(gradient, gradient, (1 - decay) * batchSize);
    }

    /// <summary>(m/c₁)/(√(v/c₂) + ε), or (m/c₁)/(v/c₂ + ε) without the root.</summary>
    /// <param name="mean">m, or the gradient where there is no mean.</param>
    /// <param name="square">v.</param>
    /// <param name="meanWeight">c₁.</param>
    /// <param name="squareWeight">c₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="hasRoot">Whether the root is drawn.</param>
    public static Tensor Direction(Tensor mean, Tensor square, double meanWeight, double squareWeight, double epsilon, bool hasRoot)
    {
        using var corrected = square.Over(squareWeight);
        if (hasRoot)
        {
            corrected.sqrt_();
        }

        corrected.AddInPlace(epsilon);
        if (meanWeight != 1)
        {
            corrected.ScaleInPlace(meanWeight);
        }

        return mean.div(corrected);
    }
}
