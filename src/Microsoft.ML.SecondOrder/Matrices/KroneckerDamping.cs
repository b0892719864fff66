using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>How a damping λ is shared out between the factors of G ⊗ A (Martens and Grosse, 2015, arXiv 1503.05671, section 6.3).</summary>
internal static class KroneckerDamping
{
    /// <summary>π = √(mean diag A / mean diag G); 1 where one of them is 0.</summary>
    /// <param name="a">A: [I, I].</param>
    /// <param name="g">G: [O, O].</param>
    public static double Pi(Tensor a, Tensor g)
    {
        var (inputs, outputs) = MeanDiagonals(a, g);
        var pi = Math.Sqrt(inputs / outputs);
        return pi > 0 && double.IsFinite(pi) ? pi : 1;
    }

    /// <summary>tr A / I and tr G / O.</summary>
    public static (double Inputs, double Outputs) MeanDiagonals(Tensor a, Tensor g)
    {
        using var scope = NewDisposeScope();
        return (a.diagonal().mean().ToDouble(), g.diagonal().mean().ToDouble());
    }

    /// <summary>π√λ and √λ/π, what is added to A and to G.</summary>
    public static (double Inputs, double Outputs) Factored(Tensor a, Tensor g, double damping)
    {
        var (root, pi) = (Math.Sqrt(damping), Pi(a, g));
        return (root * pi, root / pi);
    }
}
