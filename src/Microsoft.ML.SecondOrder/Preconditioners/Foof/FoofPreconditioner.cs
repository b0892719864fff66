using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>FOOF on one layer; see <see cref="FoofOptions"/>.</summary>
internal sealed class FoofPreconditioner : LayerPreconditioner
{
    private readonly FoofOptions _options;
    private readonly ScalarType _type;
    private readonly RunningAverage _factor;
    private KroneckerObservation? _observed;

    /// <summary>(A + λI)⁻¹; empty before the first update.</summary>
    private readonly NamedTensors _inverse = new();

    public FoofPreconditioner(FoofOptions options, LayerShape shape)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        _options = options;
        _type = shape.Type == float64 ? float64 : float32;
        _factor = new RunningAverage(options.FactorDecay, FactorStart.WeightedMean, _type, shape.Device, ("A", shape.Inputs));
    }

    /// <summary>A: [I, I].</summary>
    public Tensor InputFactor => _factor["A"];

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _inverse.State(_factor.All);

    internal override bool IsStarted => !_inverse.IsEmpty;

    internal override string Description => $"FOOF, A [{Shape.Inputs}]";

    internal override bool Observes(long step) => step % _options.UpdateInterval == 0 || _factor.IsEmpty;

    internal override void Observe(LayerSample sample)
    {
        _observed ??= new KroneckerObservation(Shape, _type);
        _observed.AddInputs(sample);
    }

    internal override void Refresh(long step, double gradientScale)
    {
        if (_observed is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        _factor.Update(("A", _observed.InputFactor()));
        Discard();
        Invert();
    }

    internal override void Discard()
    {
        _observed?.Dispose();
        _observed = null;
    }

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return _inverse.IsEmpty
            ? gradient.clone().MoveToOuterDisposeScope() // a layer that was never observed
            : gradient.to(_type).mm(_inverse["A_inverse"]).to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override (double Inputs, double Outputs)? MeanCurvature()
    {
        using var scope = NewDisposeScope();
        return (InputFactor.diagonal().mean().ToDouble(), 1);
    }

    internal override void RenewDamping()
    {
        if (!_inverse.IsEmpty)
        {
            using var scope = NewDisposeScope();
            Invert();
        }
    }

    internal override bool PrefersRows(long rows) => rows * (Shape.Inputs + Shape.Outputs) < Shape.Outputs * Shape.Inputs;

    /// <summary>g and a A⁻¹.</summary>
    internal override (Tensor Left, Tensor Right) PreconditionRows(Tensor gradients, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var right = _inverse.IsEmpty ? inputs.clone() : inputs.to(_type).mm(_inverse["A_inverse"]).to(inputs.dtype);
        return (gradients.clone().MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    internal override void Prepare(bool isStarted)
    {
        using var scope = NewDisposeScope();
        _inverse.Replace(isStarted ? [("A_inverse", zeros_like(InputFactor))] : []);
    }

    internal override void To(Device device)
    {
        Discard();
        _factor.To(device);
        _inverse.To(device);
    }

    public override void Dispose()
    {
        Discard();
        _factor.Dispose();
        _inverse.Dispose();
    }

    private void Invert() =>
        _inverse.Replace(("A_inverse", Factorizations.DampedInverse(InputFactor, Damped(_options.Damping), $"factor A of layer '{Shape.Name}'")));
}
