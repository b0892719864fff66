using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>An elementwise method on one parameter; see <see cref="AdaptiveRule"/>.</summary>
internal sealed class AdaptivePreconditioner : ParameterPreconditioner
{
    private readonly AdaptiveRule _rule;
    private readonly NamedTensors _state = new();

    public AdaptivePreconditioner(AdaptiveRule rule, ParameterShape shape)
        : base(shape)
    {
        _rule = rule;
        var sizes = shape.Sizes.ToArray();
        var square = _state.Add("square", zeros(sizes, shape.Type, shape.Device));
        if (rule.Start != 0)
        {
            square.AddInPlace(rule.Start);
        }

        if (rule.MeanDecay is not null)
        {
            _state.Add("mean", zeros(sizes, shape.Type, shape.Device));
        }

        if (rule.CorrectsStart)
        {
            _state.AddCount("steps");
        }
    }

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _state.State();

    internal override string Description => _rule.Name;

    internal override bool OwnsMomentum => _rule.MeanDecay is not null;

    /// <summary>ε where it is added to a curvature; beside a root it is none.</summary>
    internal override double? EffectiveDamping => _rule.HasRoot ? null : Damped(_rule.Epsilon);

    internal override Tensor Precondition(Tensor gradient, long step, long examples)
    {
        AdaptiveMath.AverageSquare(_state["square"], gradient, _rule.SquareDecay, _rule.BatchSize ?? examples);
        if (_rule.MeanDecay is { } decay)
        {
            AdaptiveMath.AverageMean(_state["mean"], gradient, decay);
        }

        var (meanWeight, squareWeight) = Weights();
        return AdaptiveMath.Direction(
            _rule.MeanDecay is null ? gradient : _state["mean"], _state["square"], meanWeight, squareWeight, EffectiveDamping ?? _rule.Epsilon, _rule.HasRoot);
    }

    internal override void To(Device device) => _state.To(device);

    public override void Dispose() => _state.Dispose();

    /// <summary>1 − β₁ᵗ and 1 − β₂ᵗ after t steps, or ones.</summary>
    private (double Mean, double Square) Weights()
    {
        if (!_rule.CorrectsStart)
        {
            return (1, 1);
        }

        var count = _state["steps"];
        count.AddInPlace(1);
        var steps = count.ToDouble();
        return (1 - Math.Pow(_rule.MeanDecay ?? 0, steps), 1 - Math.Pow(_rule.SquareDecay, steps));
    }
}
