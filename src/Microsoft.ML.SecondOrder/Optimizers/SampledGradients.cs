using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>Shows methods for parameters the gradients for targets that are drawn from the model.</summary>
internal static class SampledGradients
{
    /// <param name="parts">What waits for them.</param>
    /// <param name="outputs">[B, O], with the graph, which is kept.</param>
    /// <param name="likelihood">What the outputs mean.</param>
    /// <param name="targets">The actual targets, for likelihoods whose curvature depends on them.</param>
    /// <param name="weights">[B], or null.</param>
    /// <param name="share">What the rows' mean loss is multiplied by in the loss.</param>
    /// <param name="seed">Of the draws.</param>
    public static void Observe(
        IReadOnlyList<OptimizedParameter> parts, Tensor outputs, Likelihood likelihood, Tensor? targets, Tensor? weights, double share, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed, CPU);
        var vector = likelihood.SampleGradient(outputs, generator, targets).mul(CurvaturePass.RowScale(outputs, weights, share)); // [B, O]
        var gradients = CurvaturePass.Propagate(outputs, vector, [.. parts.SelectMany(p => p.Parameters)]);
        using var gradMode = no_grad();
        var first = 0;
        foreach (var part in parts)
        {
            var count = part.Parameters.Count();
            part.ObserveSample(gradients[first], count > 1 ? gradients[first + 1] : null, outputs.shape[0]);
            first += count;
        }
    }
}
