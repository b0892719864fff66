using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>K-FAC on one layer with factors that are each kept in the way that fits its width; see <see cref="LowRankKfacOptions"/>.</summary>
internal sealed class LowRankKfacPreconditioner : LayerPreconditioner
{
    private readonly LowRankKfacOptions _options;
    private readonly ScalarType _type;
    private readonly CurvatureFactor _a;
    private readonly CurvatureFactor _g;
    private readonly Tensor _updates;
    private ObservedCounts _observed;

    public LowRankKfacPreconditioner(LowRankKfacOptions options, LayerShape shape)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        _options = options;
        _type = shape.Type == float64 ? float64 : float32;
        _a = Factor("A", shape.Inputs);
        _g = Factor("G", shape.Outputs);
        _updates = zeros(new long[] { 1 }, float64, CPU).DetachFromDisposeScope();
    }

    /// <summary>A: [I, I] when applied.</summary>
    public CurvatureFactor InputFactor => _a;

    /// <summary>G: [O, O] when applied.</summary>
    public CurvatureFactor OutputFactor => _g;

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => Tensors("A", _a)
        .Concat(Tensors("G", _g))
        .Append(("updates", _updates))
        .ToDictionary(p => p.Item1, p => (IReadOnlyList<Tensor>)[p.Item2]);

    internal override bool IsStarted => !_a.Inverse.IsEmpty;

    internal override string Description =>
        $"K-FAC, {_options.Fisher} Fisher, A [{Shape.Inputs}] {_a.Description}, G [{Shape.Outputs}] {_g.Description}";

    internal override bool Observes(long step) => IsDue(step, _options.CovarianceInterval) || Updates == 0;

    internal override void Observe(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        _a.Observe(sample.Inputs.to(_type));
        _g.Observe(sample.OutputGradients.to(_type));
        _observed = _observed.Plus(sample);
    }

    internal override void Refresh(long step, double gradientScale)
    {
        using var scope = NewDisposeScope();
        var isNew = _observed.Rows > 0;
        if (isNew)
        {
            Update(gradientScale);
        }

        if (Updates > 0)
        {
            Invert(f => f.Inverse.IsEmpty || IsDue(step, _options.InverseInterval) || (isNew && f.FollowsUpdates));
        }
    }

    /// <summary>Relative to each factor's largest eigenvalue.</summary>
    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override (double Inputs, double Outputs)? MeanCurvature() => (_a.MeanDiagonal(), _g.MeanDiagonal());

    internal override void RenewDamping()
    {
        if (IsStarted)
        {
            using var scope = NewDisposeScope();
            Invert(_ => true);
        }
    }

    internal override void Discard()
    {
        _a.Discard();
        _g.Discard();
        _observed = default;
    }

    /// <summary>(G + λ_G I)⁻¹ V (A + λ_A I)⁻¹.</summary>
    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return IsStarted
            ? _g.FromRight(_a.FromRight(gradient.to(_type)).t()).t().to(gradient.dtype).contiguous().MoveToOuterDisposeScope()
            : gradient.clone().MoveToOuterDisposeScope(); // a layer that was never observed
    }

    internal override bool PrefersRows(long rows) =>
        rows * (_a.Operations + _g.Operations + (Shape.Inputs * Shape.Outputs)) < (Shape.Outputs * _a.Operations) + (Shape.Inputs * _g.Operations);

    internal override (Tensor Left, Tensor Right) PreconditionRows(Tensor gradients, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var left = IsStarted ? _g.FromRight(gradients.to(_type)).to(gradients.dtype) : gradients.clone();
        var right = IsStarted ? _a.FromRight(inputs.to(_type)).to(inputs.dtype) : inputs.clone();
        return (left.MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    internal override void Prepare(bool isStarted)
    {
        _a.Prepare(isStarted);
        _g.Prepare(isStarted);
    }

    internal override void To(Device device)
    {
        Discard();
        _a.To(device);
        _g.To(device);
    }

    public override void Dispose()
    {
        _a.Dispose();
        _g.Dispose();
        _updates.Dispose();
    }

    private long Updates => (long)_updates.ToDouble();

    private static IEnumerable<(string, Tensor)> Tensors(string name, CurvatureFactor factor) =>
        factor.Kept.Concat(factor.Inverse.All).Select(p => (p.Key.Length == 0 ? name : $"{name}_{p.Key}", p.Value));

    private CurvatureFactor Factor(string letter, long size)
    {
        var shape = new FactorShape($"factor {letter} of layer '{Shape.Name}'", size, _type, Shape.Device);
        return _options.IsExact(size) ? new ExactFactor(shape) : _options.CreateWide(shape, Shape);
    }

    private bool IsDue(long step, int interval) => step < _options.EagerSteps || step % interval == 0;

    /// <summary>What is drawn depends on the number of updates only.</summary>
    private void Invert(Func<CurvatureFactor, bool> isDue)
    {
        var faded = _options.Start == FactorStart.Identity ? Math.Pow(_options.FactorDecay, Updates) : 0;
        foreach (var (factor, draw) in new[] { (_a, 0), (_g, 1) })
        {
            if (isDue(factor))
            {
                factor.Invert(Damped(_options.Damping), faded, SeedSequence.At(_options.Seed, Updates, draw));
            }
        }
    }

    private void Update(double gradientScale)
    {
        _updates.AddInPlace(1);
        var number = Updates;
        var weight = RunningAverage.Weight(_options.FactorDecay, _options.Start, number);
        var outputs = _observed.OutputScale(_options.LossAverage) / (gradientScale * gradientScale);
        _a.Update(new FactorUpdate(number, weight, 1 / _observed.Rows, SeedSequence.At(_options.Seed, number, 2)));
        _g.Update(new FactorUpdate(number, weight, outputs, SeedSequence.At(_options.Seed, number, 3)));
        _observed = default;
    }
}
