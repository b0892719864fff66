using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>TNT on one parameter; see <see cref="TntOptions"/>.</summary>
internal sealed class TntPreconditioner : ParameterPreconditioner
{
    private readonly TntOptions _options;
    private readonly long[] _sizes;
    private readonly ScalarType _type;
    private readonly NamedTensors _state = new();
    private Tensor? _sample;
    private long _sampled;

    public TntPreconditioner(TntOptions options, ParameterShape shape)
        : base(shape)
    {
        (_options, _sizes) = (options, AxisProduct.Squeezed(shape.Sizes));
        _type = shape.Type == float64 ? float64 : float32;
        _state.AddCount("updates");
        _state.Add("trace", zeros(new long[] { 1 }, _type, shape.Device));
        for (var n = 0; n < _sizes.Length; n++)
        {
            var length = HasMatrix(n) ? _sizes[n] : 1;
            _state.Add($"inverse{n}", zeros(new[] { length, length }, _type, shape.Device));
            if (HasMatrix(n))
            {
                _state.Add($"U{n}", zeros(new[] { length, length }, _type, shape.Device));
            }
        }
    }

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _state.State();

    internal override string Description => $"TNT, [{string.Join(", ", _sizes)}]";

    internal override double? EffectiveDamping => Damped(_options.Damping);

    internal override bool AwaitsSample(long step) => _options.Fisher == FisherKind.Sampled && step % _options.CovarianceInterval == 0;

    internal override void ObserveSample(Tensor gradient, long examples)
    {
        using var scope = NewDisposeScope();
        var previous = _sample;
        _sample = (previous is null ? gradient.to(_type, copy: true) : previous.Plus(gradient.to(_type))).DetachFromDisposeScope();
        _sampled += examples;
        previous?.Dispose();
    }

    internal override Tensor Precondition(Tensor gradient, long step, long examples)
    {
        using var scope = NewDisposeScope();
        var g = gradient.to(_type);
        if (_options.Fisher == FisherKind.Empirical && step % _options.CovarianceInterval == 0)
        {
            Update(g.reshape(_sizes), _options.BatchSize ?? examples);
        }
        else if (_sample is not null)
        {
            Update(_sample.reshape(_sizes), _sampled);
        }

        if (_state["updates"].ToDouble() <= 1 || step % _options.InverseInterval == 0)
        {
            RenewDamping();
        }

        Discard();
        return TntMath.Direction(g.reshape(_sizes), [.. _sizes.Select((_, n) => _state[$"inverse{n}"])])
            .reshape(gradient.shape).to(gradient.dtype).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override void RenewDamping()
    {
        using var scope = NewDisposeScope();
        var covariances = _sizes.Select((_, n) => HasMatrix(n) ? _state[$"U{n}"] : null).ToList();
        var inverses = TntMath.Inverses(covariances, _sizes, _state["trace"].ToDouble(), Damped(_options.Damping), Shape.Name);
        for (var n = 0; n < _sizes.Length; n++)
        {
            var target = _state[$"inverse{n}"];
            if (inverses[n].numel() == 1)
            {
                target.ClearInPlace(); // a multiple of the identity
                using var diagonal = target.diagonal();
                diagonal.copy_(inverses[n].reshape(1).expand(diagonal.shape[0]));
            }
            else
            {
                target.copy_(inverses[n]);
            }
        }
    }

    internal override void Discard()
    {
        _sample?.Dispose();
        (_sample, _sampled) = (null, 0);
    }

    internal override void To(Device device)
    {
        Discard();
        _state.To(device);
    }

    public override void Dispose()
    {
        Discard();
        _state.Dispose();
    }

    private bool HasMatrix(int axis) => _sizes[axis] <= _options.LargestFactor;

    private void Update(Tensor gradient, long examples)
    {
        _state["updates"].AddInPlace(1);
        var kept = _state["updates"].ToDouble() == 1 ? 0 : _options.FactorDecay;
        Blend("trace", gradient.square().sum().Times(examples).reshape(1));
        for (var n = 0; n < _sizes.Length; n++)
        {
            if (HasMatrix(n))
            {
                Blend($"U{n}", TntMath.Covariance(gradient, n, examples));
            }
        }

        void Blend(string name, Tensor batch)
        {
            _state[name].ScaleInPlace(kept);
            _state[name].AddInPlace(batch, 1 - kept);
        }
    }
}
