using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// Sums the curvature of a model's layers over batches, in evaluation mode. Listens to the layers until it is disposed;
/// borrows the model.
/// </summary>
internal sealed class CurvatureSum : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Likelihood _likelihood;
    private readonly LaplaceOptions _options;
    private readonly List<(ModelLayer Layer, LayerTap Tap, FactorSum Sum)> _layers;
    private readonly Generator _generator;
    private double _loss;
    private double _targets;
    private double _rows;

    /// <param name="model">The model.</param>
    /// <param name="likelihood">What its outputs mean.</param>
    /// <param name="options">How the curvature is taken.</param>
    /// <param name="withScales">Whether scales and shifts of normalisation layers are among the layers, after the others.</param>
    public CurvatureSum(nn.Module<Tensor, Tensor> model, Likelihood likelihood, LaplaceOptions options, bool withScales = false)
    {
        (_model, _likelihood, _options) = (model, likelihood, options);
        Layers = new ModelLayers(model);
        Layers.RequireLayers();
        var layers = options.LastLayerOnly ? Layers.All.TakeLast(1) : withScales ? Layers.All.Concat(ModelLayers.ScalesAndShifts(model)) : Layers.All;
        _layers = [.. layers.Select(l => (l, Tap(l, options.Sharing), Sum(l)))];
        _generator = new Generator(SeedSequence.At(options.Seed, 0, 0), CPU);
    }

    public ModelLayers Layers { get; }

    /// <summary>Numbers that the vectors propagated together may take up; more go in several portions.</summary>
    public long PortionNumbers { get; init; } = 1L << 24;

    /// <summary>
    /// S: inputs come as so many draws of each row, one after the other, and the mean of their outputs counts. Default 1.
    /// </summary>
    public int Draws { get; init; } = 1;

    /// <summary>For how many rows of the data each row that was added stands. Default 1: all rows are added.</summary>
    public double Repetition { get; set; } = 1;

    /// <summary>λ of a layer for <see cref="PriorPrecision.Curvature"/>; null where that is not asked for.</summary>
    public Func<ModelLayer, double>? Damping { get; init; }

    /// <summary>How well the batches so far are fitted.</summary>
    public DataFit Fit => new(_likelihood, _loss * Repetition, _targets * Repetition, _options.Temperature);

    /// <summary>Whether targets that are absurdly far off tell no more about the noise than those that are just far. Default false.</summary>
    public bool BoundsFar { get; init; }

    /// <summary>N, the rows that were added, weights counted.</summary>
    public double Rows => _rows;

    /// <summary>A tap that hears the layer in evaluation mode.</summary>
    public static LayerTap Tap(ModelLayer layer, WeightSharing sharing)
    {
        var tap = new LayerTap(sharing) { CountsEvaluation = true };
        foreach (var member in layer.Others.Prepend(layer))
        {
            tap.Add(member.Rule, member.Module, layer.BiasOf(member.Rule));
        }

        return tap;
    }

    /// <summary>The model's outputs with their graph, folded to [rows, outputs].</summary>
    public static Tensor Outputs(nn.Module<Tensor, Tensor> model, Tensor inputs, IEnumerable<LayerTap> taps)
    {
        foreach (var tap in taps)
        {
            tap.Arm(_ => true);
        }

        using var gradMode = enable_grad();
        return model.call(inputs);
    }

    /// <summary>Adds a batch.</summary>
    /// <param name="inputs">What the model is called with.</param>
    /// <param name="targets">As the likelihood wants them; with further axes where the outputs have them.</param>
    /// <param name="weights">[B], or null.</param>
    /// <exception cref="ArgumentException">The outputs do not suit.</exception>
    public void Add(Tensor inputs, Tensor targets, Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        using var mode = new EvaluationMode(_model);
        var outputs = RowSamples.Mean(Outputs(_model, inputs, _layers.Select(l => l.Tap)), Draws);
        var (flat, flatTargets) = Folded(outputs, targets);
        CurvaturePass.Check(flat, weights, 1);
        _likelihood.RequireClasses(flat, flatTargets);
        var loss = _likelihood.Loss(flat, flatTargets, weights);
        var rows = weights is null ? flat.shape[0] : weights.to(float64).sum().ToDouble();
        if (_options.LastLayerOnly)
        {
            AddLast(flat, flatTargets, weights);
        }
        else
        {
            AddPortions(flat, Vectors(flat, flatTargets, weights, loss));
        }

        var (sum, count) = BoundsFar
            ? _likelihood.BoundedLoss(flat, flatTargets, weights)
            : (loss.to(float64).ToDouble() * rows, rows * flat.shape[1]);
        (_loss, _targets, _rows) = (_loss + sum, _targets + count, _rows + rows);
    }

    /// <summary>The blocks of the curvature so far. They own their tensors.</summary>
    /// <param name="withVectors">Whether eigenvectors are needed, and not only eigenvalues.</param>
    public IReadOnlyList<CurvatureBlock> Blocks(bool withVectors)
    {
        using var gradMode = no_grad();

        // The gradients of noise of variance σ² have that variance; the curvature counts in its unit.
        var scale = _options.Fisher == FisherKind.Empirical && _likelihood.HasNoise && !_options.LastLayerOnly && _loss > 0 ? _targets / (2 * _loss) : 1;
        return [.. _layers.SelectMany(l => CurvatureBlock.Of(l.Layer, l.Sum, scale * Repetition, _options.SeparatesBias, withVectors, Rows * Repetition, Damping?.Invoke(l.Layer)))];
    }

    public void Dispose()
    {
        foreach (var (_, tap, sum) in _layers)
        {
            tap.Dispose();
            sum.Dispose();
        }

        _generator.Dispose();
    }

    private static FactorSum Sum(ModelLayer layer)
    {
        using var joint = CurvatureBlock.JointWeight(layer);
        return new FactorSum(joint.shape[1], joint.shape[0], joint.device);
    }

    private (Tensor Outputs, Tensor Targets) Folded(Tensor outputs, Tensor targets)
    {
        if (outputs.dim() <= 2)
        {
            return (outputs, targets);
        }

        if (_options.Sharing != WeightSharing.Expand)
        {
            throw new ArgumentException(
                $"The model gives outputs of shape [{string.Join(", ", outputs.shape)}], one prediction a position: that needs Sharing = WeightSharing.Expand, but Sharing is {_options.Sharing}.");
        }

        var folded = outputs.reshape(-1, outputs.shape[^1]);
        return (folded, targets.dim() == outputs.dim() ? targets.reshape(-1, targets.shape[^1]) : targets.reshape(-1));
    }

    /// <summary>The vectors whose outer products are the curvature in the outputs, each [B, C].</summary>
    private IEnumerable<Tensor> Vectors(Tensor outputs, Tensor targets, Tensor? weights, Tensor loss)
    {
        var own = _options.Fisher switch
        {
            FisherKind.Exact => _likelihood.HessianRoots(outputs, targets),
            FisherKind.Sampled => Enumerable.Range(0, _options.Draws).Select(_ => Scaled(_likelihood.SampleGradient(outputs, _generator, targets), 1 / Math.Sqrt(_options.Draws))),
            _ => [OwnGradients(outputs, targets)],
        };
        var roots = weights?.to(outputs.dtype).sqrt().unsqueeze(1);
        return roots is null ? own : own.Select(v => v.mul(roots));
    }

    private static Tensor Scaled(Tensor vector, double factor)
    {
        using var own = vector;
        return own.Times(factor);
    }

    /// <summary>The gradient of each row's own loss, in a graph of its own.</summary>
    private Tensor OwnGradients(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var gradMode = enable_grad();
        var leaf = outputs.detach();
        leaf.requires_grad = true;
        _likelihood.Loss(leaf, targets).Times(outputs.shape[0]).backward();
        return leaf.grad!.MoveToOuterDisposeScope();
    }

    private void AddPortions(Tensor outputs, IEnumerable<Tensor> vectors)
    {
        var tapped = _layers.Select(l => l.Tap.Outputs).ToList();
        var to = tapped.SelectMany(t => t).ToList();
        if (to.Count == 0)
        {
            throw new InvalidOperationException("No layer was reached. Reach layers with call(), not forward(): TorchSharp runs hooks only in call().");
        }

        var portion = (int)Math.Clamp(PortionNumbers / to.Sum(t => t.numel()), 1, int.MaxValue);
        var isFirst = true;
        foreach (var chunk in vectors.Chunk(portion))
        {
            using var scope = NewDisposeScope();
            AddChunk(outputs, chunk, tapped, to, isFirst);
            isFirst = false;
            foreach (var vector in chunk)
            {
                vector.Dispose();
            }
        }

        _layers.ForEach(l => l.Tap.Forget());
    }

    private void AddChunk(Tensor outputs, Tensor[] chunk, List<IReadOnlyList<Tensor>> tapped, List<Tensor> to, bool isFirst)
    {
        var arrived = chunk.Select(v => autograd.grad([outputs], to, [v], retain_graph: true, allow_unused: true)
            .Select(g => g is null || g.IsInvalid ? null : g).ToList()).ToList();
        using var gradMode = no_grad();
        var start = 0;
        for (var l = 0; l < _layers.Count; l++)
        {
            var (first, count) = (start, tapped[l].Count);
            start += count;
            if (count == 0 || _layers[l].Tap.Probe([.. arrived.Select(a => a.GetRange(first, count))], keeps: true) is not { } sample)
            {
                continue;
            }

            if (!_layers[l].Layer.Rule.HasBiasColumn && _options.Sharing == WeightSharing.Reduce)
            {
                sample = RowSamples.AtOnce(sample);
            }

            sample = RowSamples.OverDraws(sample, Draws);

            if (isFirst)
            {
                _layers[l].Sum.AddInputs(sample);
            }

            _layers[l].Sum.AddOutputs(sample);
            sample.Dispose();
        }
    }

    /// <summary>The last layer's outputs are the network's: G is the sum of the outputs' Hessians.</summary>
    private void AddLast(Tensor outputs, Tensor targets, Tensor? weights)
    {
        using var gradMode = no_grad();
        var (layer, tap, sum) = _layers[0];
        RequireLast(layer, tap.Outputs, outputs);
        using var sample = tap.Probe([[outputs.detach()]], keeps: false)!;
        sum.AddInputs(sample);
        sum.AddOutputs(_likelihood.HessianSum(outputs.detach(), targets, weights));
    }

    /// <summary>Refuses a last layer whose outputs are not the network's.</summary>
    public static void RequireLast(ModelLayer layer, IReadOnlyList<Tensor> tapped, Tensor outputs)
    {
        if (tapped.Count != 1 || !tapped[0].shape.SequenceEqual(outputs.shape) || !tapped[0].detach().eq(outputs.detach()).all().item<bool>())
        {
            throw new ArgumentException(
                $"LastLayerOnly needs a network whose outputs are those of its last layer, but the last layer in the model, '{layer.Name}', gives something else. Use all layers, or let the last layer come last.");
        }
    }
}
