using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>MBF on one layer; see <see cref="MiniBlockOptions"/>.</summary>
internal sealed class MiniBlockPreconditioner : LayerPreconditioner
{
    private readonly MiniBlockOptions _options;
    private readonly MiniBlockLayout _layout;
    private readonly ScalarType _type;
    private readonly RunningAverage _moments;

    /// <summary>Sums over the micro-batches of a step: of the moments, or of the gradient.</summary>
    private readonly Dictionary<string, Tensor> _sums = [];
    private ObservedCounts _observed;

    /// <summary>(F + λI)⁻¹: [n, k, k]; empty before the first update.</summary>
    private readonly NamedTensors _inverse = new();

    public MiniBlockPreconditioner(MiniBlockOptions options, LayerShape shape)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        _options = options;
        _layout = new MiniBlockLayout(shape, options.Grouping);
        _type = shape.Type == float64 ? float64 : float32;
        (string, long[]) blocks = ("F", [_layout.Blocks, _layout.Size, _layout.Size]);
        _moments = new RunningAverage(options.FactorDecay, _type, shape.Device, _layout.HasLooseBias ? [blocks, ("bias", [shape.Outputs])] : [blocks]);
    }

    /// <summary>F: [n, k, k].</summary>
    public Tensor Blocks => _moments["F"];

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _inverse.State(_moments.All);

    internal override bool IsStarted => !_inverse.IsEmpty;

    internal override string Description => $"MBF, {_layout.Blocks:N0} blocks [{_layout.Size}]";

    private Tensor? Bias => _layout.HasLooseBias ? _moments["bias"] : null;

    internal override bool Observes(long step) => IsDue(step, _options.CovarianceInterval) || _moments.IsEmpty;

    internal override void Observe(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        _observed = _observed.Plus(sample);
        var precise = sample with { Inputs = sample.Inputs.to(_type), OutputGradients = sample.OutputGradients.to(_type) };
        if (_options.Moments == MiniBlockMoments.BatchGradient)
        {
            Add("gradient", precise.OutputGradients.t().mm(precise.Inputs));
        }
        else if (_layout.IsShared && sample.Inputs.shape[0] == sample.Batch)
        {
            Add("F", _layout.SharedMoments(precise.Inputs, precise.OutputGradients, sample.Vectors));
        }
        else
        {
            ExampleGradients.ForEach(precise, AddMoments);
        }
    }

    internal override void Refresh(long step, double gradientScale)
    {
        using var scope = NewDisposeScope();
        if (_observed.Rows > 0)
        {
            var scale = _options.LossAverage == LossAverage.None ? 1 / (_observed.Examples * _observed.Examples) : 1; // of a mean gradient
            if (_sums.Remove("gradient", out var gradient))
            {
                using var batch = gradient;
                AddMoments(batch.unsqueeze(0));
            }
            else
            {
                scale = _observed.OutputScale(_options.LossAverage);
            }

            _moments.Update([.. _sums.Select(s => (s.Key, s.Value.Times(scale / (gradientScale * gradientScale))))]);
            Discard();
        }

        if (!_moments.IsEmpty && (_inverse.IsEmpty || IsDue(step, _options.InverseInterval)))
        {
            Invert();
        }
    }

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override void RenewDamping()
    {
        if (!_inverse.IsEmpty)
        {
            using var scope = NewDisposeScope();
            Invert();
        }
    }

    internal override void Discard()
    {
        foreach (var sum in _sums.Values)
        {
            sum.Dispose();
        }

        _sums.Clear();
        _observed = default;
    }

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return _inverse.IsEmpty
            ? gradient.clone().MoveToOuterDisposeScope() // a layer that was never observed
            : _layout.Direction(gradient.to(_type), _inverse["F_inverse"], Bias, Damped(_options.Damping)).to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override bool PrefersRows(long rows) => _layout.IsShared && rows * (Shape.Inputs + Shape.Outputs) < Shape.Outputs * Shape.Inputs;

    /// <summary>g and a F⁻¹ with one block.</summary>
    internal override (Tensor Left, Tensor Right) PreconditionRows(Tensor gradients, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var right = _inverse.IsEmpty ? inputs.clone() : inputs.to(_type).mm(_inverse["F_inverse"].squeeze(0)).to(inputs.dtype);
        return (gradients.clone().MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    internal override void Prepare(bool isStarted)
    {
        using var scope = NewDisposeScope();
        _inverse.Replace(isStarted ? [("F_inverse", zeros_like(Blocks))] : []);
    }

    internal override void To(Device device)
    {
        Discard();
        _moments.To(device);
        _inverse.To(device);
    }

    public override void Dispose()
    {
        Discard();
        _moments.Dispose();
        _inverse.Dispose();
    }

    private bool IsDue(long step, int interval) => step < _options.EagerSteps || step % interval == 0;

    private void Invert()
    {
        var damping = Damped(_options.Damping);
        _inverse.Replace(("F_inverse", Factorizations.DampedInverse(Blocks, damping, $"mini-blocks of layer '{Shape.Name}'")));
    }

    /// <param name="gradients">[b, O, I]</param>
    private void AddMoments(Tensor gradients)
    {
        Add("F", _layout.Moments(gradients));
        if (_layout.HasLooseBias)
        {
            Add("bias", _layout.BiasMoments(gradients));
        }
    }

    private void Add(string name, Tensor part)
    {
        if (_sums.TryGetValue(name, out var sum))
        {
            sum.AddInPlace(part);
        }
        else
        {
            _sums.Add(name, part.DetachFromDisposeScope());
        }
    }
}
