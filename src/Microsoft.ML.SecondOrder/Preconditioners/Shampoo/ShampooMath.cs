using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>What Shampoo computes (Gupta et al., 2018, arXiv 1802.09568, algorithm 2), and how its parameters are cut up.</summary>
internal static class ShampooMath
{
    /// <summary>L ← L + V₍ₙ₎V₍ₙ₎ᵀ, or βL + (1 − β) V₍ₙ₎V₍ₙ₎ᵀ.</summary>
    public static void Accumulate(Tensor factor, Tensor gradient, int axis, double? decay)
    {
        using var contraction = AxisProduct.Contraction(gradient, axis);
        if (decay is { } beta)
        {
            factor.ScaleInPlace(beta);
            factor.AddInPlace(contraction, 1 - beta);
        }
        else
        {
            factor.AddInPlace(contraction);
        }
    }

    /// <summary>V ×₁ R₁ … ×_k R_k.</summary>
    public static Tensor Direction(Tensor gradient, IReadOnlyList<Tensor> roots)
    {
        using var scope = NewDisposeScope();
        for (var n = 0; n < roots.Count; n++)
        {
            gradient = AxisProduct.Along(gradient, n, roots[n].mm);
        }

        return gradient.MoveToOuterDisposeScope();
    }

    /// <summary>D ‖S‖ / ‖D‖; 0 where D is 0.</summary>
    /// <param name="direction">D.</param>
    /// <param name="step">S, the step of the method whose length D is given.</param>
    public static Tensor Grafted(Tensor direction, Tensor step)
    {
        using var scope = NewDisposeScope();
        return direction.mul(step.norm().div(direction.norm().AtLeast(1e-30))).MoveToOuterDisposeScope();
    }

    /// <summary>The lengths of axes after neighbours whose product is at most the bound were merged, from the last on.</summary>
    public static long[] Merged(IReadOnlyList<long> sizes, long bound)
    {
        var merged = new List<long>();
        foreach (var size in AxisProduct.Squeezed(sizes).Reverse())
        {
            if (merged.Count > 0 && merged[0] * size <= bound)
            {
                merged[0] *= size;
            }
            else
            {
                merged.Insert(0, size);
            }
        }

        return [.. merged];
    }

    /// <summary>The blocks of a tensor whose axes are cut into pieces of at most so many entries: start and length on each axis.</summary>
    public static IReadOnlyList<(long Start, long Length)[]> Blocks(IReadOnlyList<long> sizes, long largest)
    {
        IReadOnlyList<(long, long)[]> blocks = [[]];
        foreach (var size in sizes)
        {
            var pieces = Enumerable.Range(0, (int)((size + largest - 1) / largest)).Select(p => (p * largest, Math.Min(largest, size - (p * largest)))).ToList();
            blocks = [.. blocks.SelectMany(b => pieces.Select((long, long)[] (p) => [.. b, p]))];
        }

        return blocks;
    }
}
