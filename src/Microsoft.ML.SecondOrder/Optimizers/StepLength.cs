using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>What shortens the steps of a whole model. Scalars stay on the device.</summary>
internal static class StepLength
{
    /// <summary>c = min(1, s·bound/‖G‖) for the gradient s·G of all parameters together: a scalar tensor in double; null without a bound.</summary>
    /// <param name="parameters">Those without a gradient count nothing.</param>
    /// <param name="bound">Of the norm of the gradient of the unscaled loss.</param>
    /// <param name="gradientScale">s, by which gradients are too large.</param>
    public static Tensor? Clip(IEnumerable<Parameter> parameters, double? bound, double gradientScale)
    {
        if (bound is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        Tensor? square = null;
        foreach (var parameter in parameters)
        {
            if (parameter.grad is { } gradient)
            {
                var part = gradient.norm().to(float64).square();
                square = square?.Plus(part) ?? part;
            }
        }

        // A gradient of 0 gives an infinite factor, which the bound of 1 takes care of.
        return square?.sqrt().reciprocal().Times(bound.Value * gradientScale).AtMost(1).MoveToOuterDisposeScope();
    }

    /// <summary>c·x in the type of x, or x itself where there is no c.</summary>
    public static Tensor Clipped(this Tensor x, Tensor? clip) => clip is null ? x : x.mul(clip.to(x.dtype));

    /// <summary>b = √(κ / |Σ ⟨U, G⟩|) over all directions U of the gradients G: a scalar tensor in double; null without κ.</summary>
    public static Tensor? Bound(IReadOnlyList<Direction> directions, double? kappa)
    {
        if (kappa is null || directions.Count == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var inner = directions.Select(d => d.InnerWithGradient().to(float64)).Aggregate((a, b) => a.Plus(b));

        // An inner product of 0 gives an infinite bound, which the clamp to 1 takes care of.
        return inner.abs().reciprocal().Times(kappa.Value).sqrt().MoveToOuterDisposeScope();
    }
}
