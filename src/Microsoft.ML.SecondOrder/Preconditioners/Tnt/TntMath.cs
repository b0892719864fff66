using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>The tensor-normal model (Ren and Goldfarb, 2021, arXiv 2106.02925, section 3) with the factored damping of K-FAC.</summary>
internal static class TntMath
{
    /// <summary>U = B V₍ₙ₎V₍ₙ₎ᵀ of the gradient V of a mean over B examples: [dₙ, dₙ].</summary>
    public static Tensor Covariance(Tensor gradient, int axis, double examples)
    {
        using var contraction = AxisProduct.Contraction(gradient, axis);
        return contraction.Times(examples);
    }

    /// <summary>
    /// The inverses, one an axis, of s⊗ₙ(c^(1/k) Uₙ/uₙ + (λ/s)^(1/k) I), with the scale s = t^(1−k), the mean eigenvalues
    /// uₙ = t/dₙ and their product c. The first also takes 1/s.
    /// </summary>
    /// <param name="covariances">Uₙ, or null for an axis that counts as having equal eigenvalues.</param>
    /// <param name="sizes">dₙ.</param>
    /// <param name="trace">t, which all Uₙ have in common.</param>
    /// <param name="damping">λ.</param>
    /// <param name="name">Names the parameter in errors.</param>
    /// <returns>Matrices, or scalar tensors for the axes without one.</returns>
    public static IReadOnlyList<Tensor> Inverses(IReadOnlyList<Tensor?> covariances, IReadOnlyList<long> sizes, double trace, double damping, string name)
    {
        using var scope = NewDisposeScope();
        var (k, like) = (sizes.Count, covariances.FirstOrDefault(c => c is not null));
        var (type, device) = (like?.dtype ?? float32, like?.device ?? CPU);
        if (!(trace > 0))
        {
            return [.. sizes.Select(_ => TensorArithmetic.SingleNumber(Math.Pow(damping, -1.0 / k), type, device).MoveToOuterDisposeScope())]; // no curvature: λI
        }

        var scale = Math.Pow(trace, 1 - k);
        var size = Math.Pow(sizes.Aggregate(1.0, (c, d) => c * (trace / d)), 1.0 / k); // c^(1/k)
        var shift = Math.Pow(damping / scale, 1.0 / k);
        return [.. sizes.Select((d, n) =>
        {
            var factor = n == 0 ? 1 / scale : 1;
            var (mean, covariance) = (trace / d, covariances[n]);
            return (covariance is null
                ? TensorArithmetic.SingleNumber(factor / (size + shift), type, device)
                : Factorizations.DampedInverse(covariance, shift * mean / size, $"covariance of axis {n} of '{name}'").Times(factor * mean / size)).MoveToOuterDisposeScope();
        })];
    }

    /// <summary>V ×₁ U₁⁻¹ … ×_k U_k⁻¹.</summary>
    public static Tensor Direction(Tensor gradient, IReadOnlyList<Tensor> inverses)
    {
        using var scope = NewDisposeScope();
        for (var n = 0; n < inverses.Count; n++)
        {
            var inverse = inverses[n];
            gradient = inverse.numel() == 1 && gradient.shape[n] != 1 ? gradient.mul(inverse.reshape(Array.Empty<long>())) : AxisProduct.Along(gradient, n, inverse.mm);
        }

        return gradient.MoveToOuterDisposeScope();
    }
}
