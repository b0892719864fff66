using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>
/// Listens to one layer, or to all that have one weight in common: keeps the input and the output of each use in a forward pass until
/// the backward pass has left the output's gradient, and then hands both on. The only place that registers hooks. Owns what it keeps.
/// </summary>
/// <remarks>
/// The layer's output is replaced by a copy, and the gradient is read from the original: an in-place activation after
/// the layer changes the copy only. Uses without gradient tracking or in evaluation mode do not count.
/// </remarks>
internal sealed class LayerTap : IDisposable
{
    private readonly List<Action> _hooks = [];
    private readonly List<Use> _uses = [];
    private Func<long, bool> _wants = _ => false;

    public LayerTap(WeightSharing sharing) => Sharing = sharing;

    public LayerTap(LayerRule rule, nn.Module<Tensor, Tensor> module, WeightSharing sharing, bool withBias)
        : this(sharing)
    {
        Add(rule, module, withBias ? BiasInput.One : BiasInput.None);
    }

    public WeightSharing Sharing { get; }

    /// <summary>Listens to a module. Further ones must have the same weight; their calls count like calls of the first.</summary>
    /// <param name="rule">Of the same kind for all.</param>
    /// <param name="module">The module.</param>
    /// <param name="bias">What it does with the bias of the joint weight.</param>
    public void Add(LayerRule rule, nn.Module<Tensor, Tensor> module, BiasInput bias)
    {
        var hook = module.register_forward_hook((self, input, output) => Listen(rule, bias, self.training, input, output)!);
        _hooks.Add(() => hook.remove());
    }

    /// <summary>Whether samples carry <see cref="LayerSample.OutputMean"/>.</summary>
    public bool WithOutputs { get; init; }

    /// <summary>Whether uses in evaluation mode count too. Default false.</summary>
    public bool CountsEvaluation { get; init; }

    /// <summary>How often the layer was called since the last <see cref="Arm"/>, counted or not.</summary>
    public long Calls { get; private set; }

    /// <summary>Receives the sample of each pass when the next pass begins or when <see cref="Drain"/> is called.</summary>
    public Action<LayerSample>? Completed { get; set; }

    /// <summary>Makes ready for the passes before a step.</summary>
    /// <param name="wants">Whether a pass with so many rows, positions counted, is to be kept.</param>
    public void Arm(Func<long, bool> wants)
    {
        _wants = wants;
        Calls = 0;
    }

    /// <summary>Whether some use already has the gradient of a loss, so that its graph may be gone.</summary>
    public bool IsBackpropagated => _uses.Any(u => u.HasGradient);

    /// <summary>The outputs of the uses since the last backward pass, to which vectors can be propagated back.</summary>
    public IReadOnlyList<Tensor> Outputs => [.. _uses.Select(u => u.Output)];

    /// <summary>Makes one sample of vectors that were propagated back by hand, before the backward pass of the loss.</summary>
    /// <param name="vectors">For each vector one tensor for each of <see cref="Outputs"/>; null where the outputs do not depend on that use.</param>
    /// <param name="keeps">Whether the uses are to wait for the gradient of the loss as well.</param>
    /// <returns>In the caller's dispose scope; null where no use has vectors.</returns>
    public LayerSample? Probe(IReadOnlyList<IReadOnlyList<Tensor?>> vectors, bool keeps)
    {
        using var scope = NewDisposeScope();
        var reached = Enumerable.Range(0, _uses.Count).Where(u => vectors[0][u] is not null).ToList();
        var samples = reached.Select(u => Sample(_uses[u], [.. vectors.Select(v => v[u]!)])).ToList();
        foreach (var use in reached.Select(u => _uses[u]))
        {
            use.Output.grad = null; // libtorch leaves vectors there too, and the loss would add to them
        }

        if (!keeps)
        {
            foreach (var use in reached.Select(u => _uses[u]))
            {
                use.Dispose();
            }

            _uses.RemoveAll(u => u.IsDisposed);
        }

        if (samples.Count == 0)
        {
            return null;
        }

        var sample = Join(samples);
        sample.Inputs.MoveToOuterDisposeScope();
        sample.OutputGradients.MoveToOuterDisposeScope();
        sample.OutputMean?.MoveToOuterDisposeScope();
        return sample;
    }

    /// <summary>Hands on what has a gradient and forgets the rest.</summary>
    public void Drain()
    {
        HandOn();
        Forget();
    }

    /// <summary>Forgets everything that was kept.</summary>
    public void Forget()
    {
        foreach (var use in _uses)
        {
            use.Dispose();
        }

        _uses.Clear();
    }

    public void Dispose()
    {
        _hooks.ForEach(remove => remove());
        Forget();
    }

    private Tensor? Listen(LayerRule rule, BiasInput bias, bool training, Tensor input, Tensor output)
    {
        Calls++;
        if (!(training || CountsEvaluation) || !output.requires_grad || !_wants(output.numel() / rule.Weight.shape[0]))
        {
            return null;
        }

        HandOn();
        output.retain_grad();
        _uses.Add(new Use(rule, bias, input.detach().DetachFromDisposeScope(), output.DetachFromDisposeScope()));
        return output.clone();
    }

    /// <summary>The uses that have a gradient belong to one finished pass: they become one sample.</summary>
    private void HandOn()
    {
        if (_uses.Count == 0 || !_uses.Any(u => u.HasGradient))
        {
            return;
        }

        using var gradMode = no_grad();
        using var scope = NewDisposeScope();
        var samples = new List<LayerSample>();
        foreach (var use in _uses.Where(u => u.HasGradient))
        {
            using var gradient = use.Output.grad!;
            samples.Add(Sample(use, [gradient]));
        }

        foreach (var use in _uses.Where(u => u.HasGradient))
        {
            use.Dispose();
        }

        _uses.RemoveAll(u => u.IsDisposed);
        Completed?.Invoke(Join(samples));
    }

    private LayerSample Sample(Use use, IReadOnlyList<Tensor> vectors)
    {
        var sample = use.Rule.Sample(use.Input, vectors, Sharing, use.Bias);
        if (!WithOutputs)
        {
            return sample;
        }

        using var gradMode = no_grad();
        using var rows = use.Rule.GradientRows(use.Output, WeightSharing.Expand).Rows;
        return sample with { OutputMean = rows.mean(new long[] { 0 }) };
    }

    /// <summary>Several uses in one pass share the weight like further positions; the rows of an example stay together where all uses had the same examples.</summary>
    private static LayerSample Join(List<LayerSample> samples)
    {
        if (samples.Count == 1)
        {
            return samples[0];
        }

        var (batch, vectors) = (samples[0].Batch, samples[0].Vectors);
        double rows = samples.Sum(s => s.Inputs.shape[0]);
        var blocks = samples.All(s => s.Batch == batch) ? batch : 1;
        return new LayerSample(
            cat(samples.Select(s => s.Inputs.reshape(blocks, -1, s.Inputs.shape[1])).ToList(), 1).flatten(0, 1),
            cat(samples.Select(s => s.OutputGradients.reshape(vectors * blocks, -1, s.OutputGradients.shape[1])).ToList(), 1).flatten(0, 1),
            batch,
            samples.Sum(s => s.Positions))
        {
            Vectors = vectors,
            OutputMean = samples[0].OutputMean is null
                ? null
                : samples.Select(s => s.OutputMean!.Times(s.Inputs.shape[0] / rows)).Aggregate((x, y) => x.Plus(y)),
        };
    }

    private sealed record Use(LayerRule Rule, BiasInput Bias, Tensor Input, Tensor Output) : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public bool HasGradient
        {
            get
            {
                using var gradient = Output.grad;
                return gradient is not null && !gradient.IsInvalid;
            }
        }

        public void Dispose()
        {
            Input.Dispose();
            Output.Dispose();
            IsDisposed = true;
        }
    }
}
