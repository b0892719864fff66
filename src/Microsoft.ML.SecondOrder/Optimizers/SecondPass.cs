using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>Propagates the gradient of a loss, after a step, to the outputs of the layers that wait for it.</summary>
internal static class SecondPass
{
    /// <exception cref="ArgumentException">The loss is not one number with a graph.</exception>
    public static void Observe(IReadOnlyList<OptimizedLayer> layers, Tensor loss)
    {
        // libtorch's wrapper ends the process on what its backward pass does not like.
        if (loss.numel() != 1 || !loss.is_floating_point() || !loss.requires_grad)
        {
            throw new ArgumentException(
                $"The loss must be one number with its graph, but is {loss.dtype} of shape [{string.Join(", ", loss.shape)}]{(loss.requires_grad ? "" : " without a graph")}. "
                + "Compute it anew from the model's call(), outside no_grad(), and do not call backward() on it.",
                nameof(loss));
        }

        using var scope = NewDisposeScope();
        var tapped = layers.Select(l => l.TappedOutputs).ToList();
        if (tapped.All(t => t.Count == 0) || layers.Any(l => l.IsBackpropagated))
        {
            throw new ArgumentException(
                "The loss has no forward pass after the step, or backward() was called on it. Pass the batch through the model again, in training mode, and give ObserveSecondPass the loss as it is.",
                nameof(loss));
        }

        var one = TensorArithmetic.SingleNumber(1, loss.dtype, loss.device).reshape(loss.shape);
        var gradients = autograd.grad([loss], [.. tapped.SelectMany(t => t)], [one], allow_unused: true);
        using var gradMode = no_grad();
        var first = 0;
        for (var l = 0; l < layers.Count; l++)
        {
            var mine = gradients.Skip(first).Take(tapped[l].Count).Select(g => g is null || g.IsInvalid ? null : g).ToList();
            first += mine.Count;
            if (mine.Count > 0)
            {
                layers[l].ProbeAgain(mine);
            }
        }
    }
}
