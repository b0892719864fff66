using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>EKFAC on one layer; see <see cref="EkfacOptions"/>.</summary>
internal sealed class EkfacPreconditioner : LayerPreconditioner
{
    private readonly EkfacOptions _options;
    private readonly ScalarType _type;
    private readonly RunningAverage _factors;
    private readonly List<LayerSample> _samples = [];
    private KroneckerObservation? _observed;

    /// <summary>Q_A, Q_G, S, and the number of updates that S has seen since the basis changed; empty before the first update.</summary>
    private readonly NamedTensors _basis = new();

    public EkfacPreconditioner(EkfacOptions options, LayerShape shape)
        : base(shape)
    {
        using var scope = NewDisposeScope();
        _options = options;
        _type = shape.Type == float64 ? float64 : float32;
        _factors = new RunningAverage(options.FactorDecay, FactorStart.WeightedMean, _type, shape.Device, ("A", shape.Inputs), ("G", shape.Outputs));
    }

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _basis.State(_factors.All);

    internal override bool IsStarted => !_basis.IsEmpty;

    internal override string Description => $"EKFAC, {_options.Fisher} Fisher, A [{Shape.Inputs}], G [{Shape.Outputs}]";

    internal override bool Observes(long step) => IsDue(step, _options.CovarianceInterval) || IsDue(step, _options.BasisInterval) || _factors.IsEmpty;

    internal override void Observe(LayerSample sample)
    {
        _observed ??= new KroneckerObservation(Shape, _type);
        _observed.AddInputs(sample);
        _observed.AddOutputs(sample);
        using var scope = NewDisposeScope();
        _samples.Add(sample with
        {
            Inputs = sample.Inputs.clone().DetachFromDisposeScope(),
            OutputGradients = sample.OutputGradients.clone().DetachFromDisposeScope(),
        });
    }

    internal override void Refresh(long step, double gradientScale)
    {
        if (_observed is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        _factors.Update(("A", _observed.InputFactor()), ("G", _observed.OutputFactor(_options.LossAverage, gradientScale)));
        if (_basis.IsEmpty || IsDue(step, _options.BasisInterval))
        {
            var (_, a) = Factorizations.Eigen(_factors["A"], Damped(_options.Damping), $"factor A of layer '{Shape.Name}'");
            var (_, g) = Factorizations.Eigen(_factors["G"], Damped(_options.Damping), $"factor G of layer '{Shape.Name}'");
            NewBasis(a, g);
        }

        UpdateMoments(_observed.OutputScale(_options.LossAverage) / (gradientScale * gradientScale));
        Discard();
    }

    internal override void Discard()
    {
        _observed?.Dispose();
        _observed = null;
        _samples.ForEach(s => s.Dispose());
        _samples.Clear();
    }

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return _basis.IsEmpty
            ? gradient.clone().MoveToOuterDisposeScope() // a layer that was never observed
            : EkfacMath.Direction(gradient.to(_type), _basis["Q_A"], _basis["Q_G"], _basis["S"], Damped(_options.Damping))
                .to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override (double Inputs, double Outputs)? MeanCurvature() => KroneckerDamping.MeanDiagonals(_factors["A"], _factors["G"]);

    internal override void Prepare(bool isStarted)
    {
        using var scope = NewDisposeScope();
        if (isStarted)
        {
            var (i, o, device) = (Shape.Inputs, Shape.Outputs, _factors["A"].device);
            NewBasis(zeros(new[] { i, i }, _type, device), zeros(new[] { o, o }, _type, device));
        }
        else
        {
            _basis.Replace();
        }
    }

    internal override void To(Device device)
    {
        Discard();
        _factors.To(device);
        _basis.To(device);
    }

    public override void Dispose()
    {
        Discard();
        _factors.Dispose();
        _basis.Dispose();
    }

    private bool IsDue(long step, int interval) => step < _options.EagerSteps || step % interval == 0;

    private void NewBasis(Tensor a, Tensor g)
    {
        _basis.Replace(("Q_A", a), ("Q_G", g), ("S", zeros(new[] { Shape.Outputs, Shape.Inputs }, _type, a.device)));
        _basis.AddCount("S_updates");
    }

    /// <summary>S ← S + w (Ŝ − S), with the weights of a mean that forgets and that began with the basis.</summary>
    private void UpdateMoments(double scale)
    {
        var batch = _samples.Select(s => EkfacMath.SecondMoments(s, _basis["Q_A"], _basis["Q_G"])).Aggregate((x, y) => x.Plus(y)).Times(scale);
        var (moments, count) = (_basis["S"], _basis["S_updates"]);
        count.AddInPlace(1);
        var weight = (1 - _options.FactorDecay) / (1 - Math.Pow(_options.FactorDecay, count.ToDouble()));
        moments.ScaleInPlace(1 - weight);
        moments.AddInPlace(batch, weight);
    }
}
