using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>K-BFGS on one layer; see <see cref="KbfgsOptions"/>.</summary>
internal sealed class KbfgsPreconditioner : LayerPreconditioner
{
    private readonly KbfgsOptions _options;
    private readonly KbfgsInputs _inputs;
    private readonly KbfgsOutputs _outputs;
    private readonly Tensor _updates = zeros(new long[] { 2 }, float64, CPU).DetachFromDisposeScope();
    private KbfgsPass? _before;
    private KbfgsPass? _after;

    public KbfgsPreconditioner(KbfgsOptions options, LayerShape shape)
        : base(shape)
    {
        _options = options;
        var type = shape.Type == float64 ? float64 : float32;
        _inputs = new KbfgsInputs(options, shape, type);
        _outputs = new KbfgsOutputs(options, shape, type);
    }

    /// <summary>H_a: [I, I].</summary>
    public Tensor InverseOfInputs => _inputs.Inverse;

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _inputs.State.Concat(_outputs.State)
        .Append(("updates", _updates))
        .ToDictionary(p => p.Item1, p => (IReadOnlyList<Tensor>)[p.Item2]);

    internal override string Description =>
        $"K-BFGS, H_a [{Shape.Inputs}], H_g [{Shape.Outputs}]{(_options.Memory is { } m ? $" of {m} pairs" : "")}, a second pass every {(_options.UpdateInterval == 1 ? "step" : $"{_options.UpdateInterval} steps")}";

    internal override bool NeedsSecondPass => true;

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override bool Observes(long step) => step % _options.UpdateInterval == 0 || _updates[0].ToDouble() == 0;

    internal override void Observe(LayerSample sample)
    {
        _before ??= new KbfgsPass();
        _before.Add(sample, keepsInputs: true);
    }

    internal override void Refresh(long step, double gradientScale)
    {
        if (_before is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        _inputs.Update(_before, Damped(_options.Damping), isFirst: Count(0) == 0);
        Raise(0);
    }

    internal override void ObserveAgain(LayerSample sample)
    {
        _after ??= new KbfgsPass();
        _after.Add(sample, keepsInputs: false);
    }

    internal override void RefreshAgain(double gradientScale)
    {
        if (_before is not null && _after is not null)
        {
            using var scope = NewDisposeScope();
            if (_outputs.Update(_before, _after, gradientScale, Damped(_options.Damping), isFirst: Count(1) == 0))
            {
                Raise(1);
            }
        }

        Discard();
    }

    internal override void Discard()
    {
        _before?.Dispose();
        _after?.Dispose();
        (_before, _after) = (null, null);
    }

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return _outputs.Apply(gradient.to(_inputs.Inverse.dtype)).mm(_inputs.Inverse).to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override bool PrefersRows(long rows)
    {
        double i = Shape.Inputs, o = Shape.Outputs;
        var left = Math.Min(o, 4.0 * (_options.Memory ?? o)); // multiplications for each number that H_g is applied to
        return rows * (i * i + o * left + i * o) < o * i * (i + left);
    }

    /// <summary>g H_g and a H_a.</summary>
    internal override (Tensor Left, Tensor Right) PreconditionRows(Tensor gradients, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var left = _outputs.Apply(gradients.t().to(_inputs.Inverse.dtype)).t().to(gradients.dtype);
        var right = inputs.to(_inputs.Inverse.dtype).mm(_inputs.Inverse).to(inputs.dtype);
        return (left.MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    internal override void To(Device device)
    {
        Discard();
        _inputs.To(device);
        _outputs.To(device);
    }

    public override void Dispose()
    {
        Discard();
        _inputs.Dispose();
        _outputs.Dispose();
        _updates.Dispose();
    }

    private double Count(long side)
    {
        using var count = _updates[side];
        return count.ToDouble();
    }

    private void Raise(long side)
    {
        using var count = _updates[side];
        count.AddInPlace(1);
    }
}
