using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>FNGD on one layer; see <see cref="FngdOptions"/>.</summary>
internal sealed class FngdPreconditioner : LayerPreconditioner
{
    private readonly FngdOptions _options;
    private readonly ScalarType _type;
    private readonly ObservedRows _observed = new();
    private SampleRows? _rows;

    /// <summary>c of this step: the exact ones while learning. [M].</summary>
    private Tensor? _current;

    /// <summary>Sums of c by place in the batch, and how many they are: [places] each.</summary>
    private Tensor _sums;
    private Tensor _counts;
    private bool _isLearning = true;

    public FngdPreconditioner(FngdOptions options, LayerShape shape)
        : base(shape)
    {
        _options = options;
        _type = shape.Type == float64 ? float64 : float32;
        _sums = zeros(new long[] { 0 }, _type, shape.Device).DetachFromDisposeScope();
        _counts = zeros(new long[] { 0 }, _type, shape.Device).DetachFromDisposeScope();
    }

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State =>
        new Dictionary<string, IReadOnlyList<Tensor>> { ["coefficients"] = [_sums], ["counts"] = [_counts] };

    internal override double? EffectiveDamping => _isLearning ? Damped(_options.Damping) : null;

    internal override string Description => $"FNGD, {_sums.shape[0]} coefficients, {(_isLearning ? "learning" : "learned")}";

    internal override bool Observes(long step) => true;

    internal override void Observe(LayerSample sample) => _observed.Add(sample);

    internal override void Refresh(long step, double gradientScale)
    {
        Forget();
        _isLearning = step < _options.LearningSteps || _sums.shape[0] == 0;
        if (_observed.IsEmpty)
        {
            return;
        }

        using var scope = NewDisposeScope();
        _rows = _observed.Take(_type, 1 / gradientScale);
        if (_isLearning)
        {
            _current = FngdMath.Coefficients(_rows, Damped(_options.Damping), $"matrix U Uᵀ of layer '{Shape.Name}'").DetachFromDisposeScope();
            Learn(_current);
        }
        else
        {
            _current = Learned(_rows.Examples).DetachFromDisposeScope();
        }
    }

    internal override void Discard() => _observed.Clear();

    internal override Tensor Precondition(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var v = gradient.to(_type);
        if (_sums.shape[0] == 0)
        {
            return gradient.clone().MoveToOuterDisposeScope(); // a layer that was never observed
        }

        var direction = _rows is null ? v.mul(Mean()) : FngdMath.Direction(v, _rows, _current!);
        return direction.to(gradient.dtype).MoveToOuterDisposeScope();
    }

    internal override void Prepare(IReadOnlyDictionary<string, long[]> shapes)
    {
        if (shapes.TryGetValue("coefficients", out var places) && places.Length == 1)
        {
            using var scope = NewDisposeScope();
            Replace(zeros(places, _type, Shape.Device), zeros(places, _type, Shape.Device));
        }
    }

    internal override void To(Device device)
    {
        Discard();
        Forget();
        using var scope = NewDisposeScope();
        Replace(_sums.to(device, copy: true), _counts.to(device, copy: true));
    }

    public override void Dispose()
    {
        _observed.Dispose();
        Forget();
        _sums.Dispose();
        _counts.Dispose();
    }

    private Tensor Mean() => _sums.sum().div(_counts.sum());

    /// <summary>Means by place, and of all places where a batch has more of them than any before: [M].</summary>
    private Tensor Learned(long examples)
    {
        var means = _sums.div(_counts);
        return examples <= means.shape[0] ? means.narrow(0, 0, examples).clone() : cat(new List<Tensor> { means, Mean().expand(examples - means.shape[0]) }, 0);
    }

    private void Forget()
    {
        _rows?.Dispose();
        _current?.Dispose();
        (_rows, _current) = (null, null);
    }

    /// <summary>Adds the coefficients of one batch to those of the same places.</summary>
    private void Learn(Tensor coefficients)
    {
        var missing = coefficients.shape[0] - _sums.shape[0];
        if (missing > 0)
        {
            var more = zeros(new[] { missing }, _type, coefficients.device);
            Replace(cat(new List<Tensor> { _sums, more }, 0), cat(new List<Tensor> { _counts, more }, 0));
        }

        using var sums = _sums.narrow(0, 0, coefficients.shape[0]);
        using var counts = _counts.narrow(0, 0, coefficients.shape[0]);
        sums.AddInPlace(coefficients);
        counts.AddInPlace(1);
    }

    private void Replace(Tensor sums, Tensor counts)
    {
        _sums.Dispose();
        _counts.Dispose();
        (_sums, _counts) = (sums.DetachFromDisposeScope(), counts.DetachFromDisposeScope());
    }
}
