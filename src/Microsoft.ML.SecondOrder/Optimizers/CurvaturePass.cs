using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>Propagates vectors from a model's outputs to the outputs of some of its layers and shows them what arrives.</summary>
/// <param name="layers">They tapped the pass that made the outputs.</param>
/// <param name="outputs">[B, O], with the graph, which is kept.</param>
/// <param name="weights">[B], or null.</param>
/// <param name="scale">What the rows' mean loss is multiplied by.</param>
internal sealed class CurvaturePass(IReadOnlyList<OptimizedLayer> layers, Tensor outputs, Tensor? weights, double scale)
{
    /// <summary>Refuses what libtorch's backward pass would not survive: its wrapper ends the process instead of throwing.</summary>
    public static void Check(Tensor outputs, Tensor? weights, double share)
    {
        if (outputs.dim() != 2 || outputs.numel() == 0 || !outputs.is_floating_point())
        {
            throw new ArgumentException(
                $"The outputs must be numbers of shape [rows, outputs], but are {outputs.dtype} of shape [{string.Join(", ", outputs.shape)}]. Fold further axes into the first with reshape.",
                nameof(outputs));
        }

        if (!outputs.requires_grad)
        {
            throw new ArgumentException(
                "The outputs have no graph. Pass what the model's call() gave, before detach() and outside no_grad().", nameof(outputs));
        }

        if (weights is not null && !(weights.dim() == 1 && weights.shape[0] == outputs.shape[0]))
        {
            throw new ArgumentException(
                $"The weights must have the shape [{outputs.shape[0]}], one for each row, but have [{string.Join(", ", weights.shape)}].", nameof(weights));
        }

        if (!(share > 0 && double.IsFinite(share)))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The share must be above 0 and finite, but is {share}."), nameof(share));
        }
    }

    public void Run(Likelihood likelihood, Tensor? targets, FisherKind kind, int draws, ulong seed)
    {
        using var scope = NewDisposeScope();
        var tapped = layers.Select(l => l.TappedOutputs).ToList();
        RequireGraph(tapped);
        var rowScale = RowScale(outputs, weights, kind == FisherKind.Sampled ? scale / Math.Sqrt(draws) : scale);
        var arrived = new List<IList<Tensor?>>();
        foreach (var root in kind == FisherKind.Exact ? likelihood.HessianRoots(outputs, targets) : Draws(likelihood, targets, draws, seed))
        {
            using var vector = root.mul(rowScale); // [B, O]
            root.Dispose();
            arrived.Add(Propagate(outputs, vector, [.. tapped.SelectMany(t => t)]));
        }

        if (arrived.All(a => a.All(t => t is null)))
        {
            throw new InvalidOperationException("The outputs do not depend on the layers' last forward pass. Pass what the model gave in that pass.");
        }

        var first = 0;
        using var gradMode = no_grad();
        for (var l = 0; l < layers.Count; l++)
        {
            var (start, count) = (first, tapped[l].Count);
            first += count;
            if (count > 0)
            {
                layers[l].Probe([.. arrived.Select(a => a.Skip(start).Take(count).ToList())]);
            }
        }
    }

    private IEnumerable<Tensor> Draws(Likelihood likelihood, Tensor? targets, int draws, ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        for (var draw = 0; draw < draws; draw++)
        {
            yield return likelihood.SampleGradient(outputs, generator, targets);
        }
    }

    /// <summary>
    /// Scales a vector s of a row so that, as with the gradients of a mean loss, B Σ g gᵀ is the mean over the rows of s sᵀ:
    /// 1/B, or √(w / (B Σ w)) for rows of weight w.
    /// </summary>
    /// <param name="outputs">[B, O]</param>
    /// <param name="weights">w: [B], or null.</param>
    /// <param name="scale">Multiplies all.</param>
    public static Tensor RowScale(Tensor outputs, Tensor? weights, double scale)
    {
        var rows = outputs.shape[0];
        return weights is null
            ? TensorArithmetic.SingleNumber(scale / rows, outputs.dtype, outputs.device)
            : weights.detach().to(float64).div(weights.detach().to(float64).sum().Times(rows)).sqrt().Times(scale).to(outputs.dtype).unsqueeze(1);
    }

    /// <summary>The gradient of ⟨outputs, vector⟩ with respect to each tensor, or null where the outputs do not depend on it. Keeps the graph.</summary>
    public static IList<Tensor?> Propagate(Tensor outputs, Tensor vector, IList<Tensor> to)
    {
        var gradients = autograd.grad([outputs], to, [vector], retain_graph: true, allow_unused: true);
        return [.. gradients.Select(g => g is null || g.IsInvalid ? null : g)];
    }

    private void RequireGraph(List<IReadOnlyList<Tensor>> tapped)
    {
        if (tapped.All(t => t.Count == 0))
        {
            throw new InvalidOperationException("ObserveCurvature found no forward pass since the last step. Call the model in training mode and with gradient tracking first.");
        }

        if (layers.All(l => l.IsBackpropagated || l.TappedOutputs.Count == 0))
        {
            throw new InvalidOperationException("ObserveCurvature was called after backward(), which frees the graph. Call it between the forward pass and backward().");
        }
    }
}
