using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>K-FAC for two terms of a loss on one layer; see <see cref="KfacPinnOptions"/>.</summary>
internal sealed class KfacPinnPreconditioner : LayerPreconditioner
{
    private readonly KfacPinnOptions _options;
    private readonly ScalarType _type;
    private readonly RunningAverage _factors;
    private readonly List<KroneckerObservation> _observed = [];

    /// <summary>μ and W of both sides, or the inverses for one term; empty before the first update.</summary>
    private readonly NamedTensors _inverse = new();

    public KfacPinnPreconditioner(KfacPinnOptions options, LayerShape shape)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        _options = options;
        _type = shape.Type == float64 ? float64 : float32;
        var sizes = Enumerable.Range(1, options.Terms).SelectMany(t => new[] { ($"A{t}", shape.Inputs), ($"G{t}", shape.Outputs) });
        _factors = new RunningAverage(options.FactorDecay, options.Start, _type, shape.Device, [.. sizes]);
    }

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _inverse.State(_factors.All);

    internal override bool IsStarted => !_inverse.IsEmpty;

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override string Description => $"K-FAC of {_options.Terms} terms, {_options.Fisher} Fisher, A [{Shape.Inputs}], G [{Shape.Outputs}]";

    internal override bool Observes(long step) => step % _options.UpdateInterval == 0 || _factors.IsEmpty;

    /// <summary>The first call of a step is the first term, the second the second.</summary>
    internal override void Observe(LayerSample sample)
    {
        var observation = new KroneckerObservation(Shape, _type);
        _observed.Add(observation);
        using var inputs = WithoutBiasOfDerivatives(sample);
        observation.AddInputs(sample with { Inputs = inputs });
        observation.AddOutputs(sample);
    }

    internal override void Refresh(long step, double gradientScale)
    {
        if (_observed.Count == 0)
        {
            return;
        }

        if (_observed.Count != _options.Terms)
        {
            var count = _observed.Count;
            Discard();
            throw new InvalidOperationException(
                $"Layer '{Shape.Name}' was shown {count} terms of the loss at this step, but expects {_options.Terms}. "
                + $"Call ObserveCurvature once for each term between the forward passes and backward(), or set {nameof(KfacPinnOptions.Terms)}.");
        }

        using var scope = NewDisposeScope();
        _factors.Update([.. _observed
            .SelectMany((o, t) => new[] { ($"A{t + 1}", o.InputFactor()), ($"G{t + 1}", o.OutputFactor(LossAverage.Batch, gradientScale)) })]);
        Discard();
        Invert();
    }

    internal override void Discard()
    {
        _observed.ForEach(o => o.Dispose());
        _observed.Clear();
    }

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        if (_inverse.IsEmpty)
        {
            return gradient.clone().MoveToOuterDisposeScope(); // a layer that was never observed
        }

        var v = gradient.to(_type);
        var direction = _options.Terms == 1
            ? _inverse["G_inverse"].mm(v).mm(_inverse["A_inverse"])
            : TwoTermMath.Direction(v, (_inverse["A_values"], _inverse["A_vectors"]), (_inverse["G_values"], _inverse["G_vectors"]));
        return direction.to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override void RenewDamping()
    {
        if (!_inverse.IsEmpty)
        {
            using var scope = NewDisposeScope();
            Invert();
        }
    }

    internal override void Prepare(bool isStarted)
    {
        using var scope = NewDisposeScope();
        Tensor Empty(params long[] sizes) => zeros(sizes, _type, Shape.Device);
        var (i, o) = (Shape.Inputs, Shape.Outputs);
        _inverse.Replace(!isStarted ? []
            : _options.Terms == 1 ? [("A_inverse", Empty(i, i)), ("G_inverse", Empty(o, o))]
            : [("A_values", Empty(i)), ("A_vectors", Empty(i, i)), ("G_values", Empty(o)), ("G_vectors", Empty(o, o))]);
    }

    internal override void To(Device device)
    {
        Discard();
        _factors.To(device);
        _inverse.To(device);
    }

    public override void Dispose()
    {
        Discard();
        _factors.Dispose();
        _inverse.Dispose();
    }

    /// <summary>The channels of a derivative do not get the bias: its column is 0 in their rows.</summary>
    private Tensor WithoutBiasOfDerivatives(LayerSample sample)
    {
        if (!Shape.HasBias || sample.Positions == 1)
        {
            return sample.Inputs.detach();
        }

        using var scope = NewDisposeScope();
        var rows = sample.Inputs.clone();
        var derivatives = rows.reshape(-1, sample.Positions, Shape.Inputs).narrow(1, 1, sample.Positions - 1).narrow(2, Shape.Inputs - 1, 1);
        derivatives.ClearInPlace();
        return rows.MoveToOuterDisposeScope();
    }

    private void Invert()
    {
        var damping = Damped(_options.Damping);
        var (nameA, nameG) = ($"factor A of layer '{Shape.Name}'", $"factor G of layer '{Shape.Name}'");
        if (_options.Terms == 1)
        {
            _inverse.Replace(
                ("A_inverse", Factorizations.DampedInverse(_factors["A1"], damping, nameA)),
                ("G_inverse", Factorizations.DampedInverse(_factors["G1"], damping, nameG)));
            return;
        }

        var (a, g) = (TwoTermMath.Joint(_factors["A1"], _factors["A2"], damping, nameA), TwoTermMath.Joint(_factors["G1"], _factors["G2"], damping, nameG));
        _inverse.Replace(("A_values", a.Values), ("A_vectors", a.Vectors), ("G_values", g.Values), ("G_vectors", g.Vectors));
    }
}
