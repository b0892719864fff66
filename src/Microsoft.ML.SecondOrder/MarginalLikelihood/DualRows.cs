using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// Gathers what the dual matrix is made of, row by row: the network's outputs, the gradient of each row's loss there and its root, and for
/// each layer the inputs and what arrives at its outputs. Listens to the layers until it is disposed; borrows the model; owns its tensors.
/// </summary>
/// <param name="model">The network.</param>
/// <param name="likelihood">What its outputs mean.</param>
/// <param name="layers">Layers that count, and the prior precisions of the columns of each one's joint weight.</param>
/// <param name="h">1/(σ²T).</param>
internal sealed class DualRows(
    nn.Module<Tensor, Tensor> model, Likelihood likelihood, IReadOnlyList<(ModelLayer Layer, double[] Precisions)> layers, double h) : IDisposable
{
    private readonly List<LayerTap> _taps = [.. layers.Select(l => CurvatureSum.Tap(l.Layer, WeightSharing.Expand))];
    private readonly List<Tensor> _outputs = [];
    private readonly List<Tensor> _gradients = [];
    private readonly List<Tensor> _scales = [];
    private readonly List<(List<Tensor> Inputs, List<Tensor> Vectors)> _parts = [.. layers.Select(_ => (new List<Tensor>(), new List<Tensor>()))];

    /// <summary>Bytes that the rows of a layer may take.</summary>
    public long MaximumBytes { get; init; } = 1L << 30;

    /// <summary>The model's.</summary>
    public Device Device => layers[0].Layer.Rule.Weight.device;

    /// <summary>f: [N, C].</summary>
    public Tensor Outputs() => cat(_outputs, 0);

    /// <summary>∂c/∂f of each row's own loss: [N, C].</summary>
    public Tensor Gradients() => cat(_gradients, 0);

    /// <summary>ρ, see <see cref="Likelihood.RootScale"/>: [N, C].</summary>
    public Tensor Scales() => cat(_scales, 0);

    /// <summary>For each layer a and g, see <see cref="DualMath.AddLayer"/>.</summary>
    public IEnumerable<(Tensor Inputs, Tensor Vectors)> Layers() => _parts.Where(p => p.Inputs.Count > 0).Select(p => (cat(p.Inputs, 0), cat(p.Vectors, 0)));

    /// <summary>Adds a batch.</summary>
    public void Add(Tensor inputs, Tensor targets, Tensor? weights)
    {
        using var scope = NewDisposeScope();
        using var mode = new EvaluationMode(model);
        var outputs = CurvatureSum.Outputs(model, inputs, _taps);
        PredictiveOutputs.Require(outputs);
        likelihood.RequireClasses(outputs, targets);
        var to = _taps.SelectMany(t => t.Outputs).ToList();
        if (to.Count == 0)
        {
            throw new InvalidOperationException("No layer was reached. Reach layers with call(), not forward(): TorchSharp runs hooks only in call().");
        }

        var factor = weights is null ? null : weights.to(outputs.dtype).sqrt().unsqueeze(1);
        var arrived = new List<List<Tensor?>>();
        foreach (var root in likelihood.HessianRoots(outputs, targets))
        {
            using var own = root;
            var vector = factor is null ? root : root.mul(factor);
            arrived.Add([.. autograd.grad([outputs], to, [vector], retain_graph: true, allow_unused: true).Select(g => g is null || g.IsInvalid ? null : g)]);
        }

        using var gradMode = no_grad();
        var start = 0;
        for (var l = 0; l < _taps.Count; l++)
        {
            var (first, count) = (start, _taps[l].Outputs.Count);
            start += count;
            if (count > 0 && _taps[l].Probe([.. arrived.Select(v => v.GetRange(first, count))], keeps: false) is { } sample)
            {
                Keep(l, sample, arrived.Count);
            }
        }

        _outputs.Add(Kept(outputs.detach().to(float64)));
        _gradients.Add(Kept(RowGradients(outputs, targets).to(float64)));
        _scales.Add(Kept(likelihood.RootScale(outputs.detach(), targets).to(float64)));
    }

    public void Dispose()
    {
        _taps.ForEach(t => t.Dispose());
        foreach (var tensor in _outputs.Concat(_gradients).Concat(_scales).Concat(_parts.SelectMany(p => p.Inputs.Concat(p.Vectors))))
        {
            tensor.Dispose();
        }
    }

    private static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();

    /// <summary>A layer that acts at one position stands for its gradients as a ⊗ g; of others the gradients are formed.</summary>
    private void Keep(int index, LayerSample sample, int vectors)
    {
        var (layer, precisions) = layers[index];
        LinearizedOutputs.RequireExamples(sample, layer.Name);
        var rows = sample.Batch;
        var a = sample.Inputs.to(float64).mul(tensor(precisions, device: sample.Inputs.device).rsqrt().unsqueeze(0)); // [B·R, I]
        var g = sample.OutputGradients.to(float64).Times(Math.Sqrt(h)).reshape(vectors, rows, sample.Positions, -1); // [V, B, R, O]
        if (sample.Positions == 1)
        {
            _parts[index].Inputs.Add(Kept(a));
            _parts[index].Vectors.Add(Kept(g.squeeze(2).transpose(0, 1).contiguous()));
            return;
        }

        var numbers = g.shape[3] * a.shape[1];
        var bytes = sizeof(double) * numbers * vectors * (rows + _parts[index].Inputs.Sum(p => p.shape[0]));
        if (bytes > MaximumBytes)
        {
            throw new ArgumentException(
                $"Leave-one-out keeps a gradient a row of '{layer.Name}', which acts at {sample.Positions} positions: more than {MaximumBytes >> 20} MiB. Use folds for this network.");
        }

        var gradients = g.transpose(2, 3).matmul(a.reshape(rows, sample.Positions, -1).unsqueeze(0)); // [V, B, O, I]
        _parts[index].Inputs.Add(Kept(ones(new[] { rows, 1 }, float64, a.device)));
        _parts[index].Vectors.Add(Kept(gradients.flatten(2).transpose(0, 1).contiguous()));
    }

    private Tensor RowGradients(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var gradMode = enable_grad();
        var leaf = outputs.detach();
        leaf.requires_grad = true;
        likelihood.Loss(leaf, targets).Times(outputs.shape[0]).backward();
        return leaf.grad!.MoveToOuterDisposeScope();
    }
}
