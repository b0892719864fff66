using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>SOAP on one parameter; see <see cref="SoapOptions"/>.</summary>
internal sealed class SoapPreconditioner : ParameterPreconditioner
{
    private readonly SoapOptions _options;
    private readonly long[] _sizes;
    private readonly int[] _turned;
    private readonly ScalarType _type;
    private readonly NamedTensors _state = new();

    public SoapPreconditioner(SoapOptions options, ParameterShape shape)
        : base(shape)
    {
        (_options, _sizes) = (options, AxisProduct.Squeezed(shape.Sizes));
        _turned = _sizes.Length < 2 ? [] : [.. Enumerable.Range(0, _sizes.Length).Where(n => _sizes[n] <= options.LargestFactor)];
        _type = shape.Type == float64 ? float64 : float32;
        _state.AddCount("steps");
        _state.Add("mean", zeros(_sizes, _type, shape.Device));
        _state.Add("square", zeros(_sizes, _type, shape.Device));
        foreach (var n in _turned)
        {
            _state.Add($"L{n}", zeros(new[] { _sizes[n], _sizes[n] }, _type, shape.Device));
            _state.Add($"Q{n}", zeros(new[] { _sizes[n], _sizes[n] }, _type, shape.Device));
        }
    }

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _state.State();

    internal override string Description => _turned.Length == 0
        ? "SOAP, not turned: plain Adam"
        : $"SOAP, [{string.Join(", ", _sizes)}], axes {string.Join(" and ", _turned)} turned";

    internal override bool OwnsMomentum => true;

    internal override Tensor Precondition(Tensor gradient, long step, long examples)
    {
        using var scope = NewDisposeScope();
        var g = gradient.reshape(_sizes).to(_type);
        var count = _state["steps"];
        var steps = count.ToDouble();
        count.AddInPlace(1);
        if (steps == 0)
        {
            Begin(g);
            return zeros_like(gradient).MoveToOuterDisposeScope();
        }

        var turned = Turn(g, back: false);
        AdaptiveMath.AverageMean(_state["mean"], turned, _options.Beta1);
        AdaptiveMath.AverageSquare(_state["square"], turned, _options.Beta2, 1);
        var length = Math.Sqrt(1 - Math.Pow(_options.Beta2, steps)) / (1 - Math.Pow(_options.Beta1, steps));
        var direction = AdaptiveMath.Direction(_state["mean"], _state["square"], 1 / length, 1, _options.Epsilon, hasRoot: true);
        var result = Turn(direction, back: true).reshape(gradient.shape).to(gradient.dtype).clone();
        Accumulate(g);
        if (steps % _options.BasisInterval == 0)
        {
            RenewBasis();
        }

        return result.MoveToOuterDisposeScope();
    }

    internal override void To(Device device) => _state.To(device);

    public override void Dispose() => _state.Dispose();

    /// <summary>L = (1 − β) V₍ₙ₎V₍ₙ₎ᵀ and its eigenvectors, the largest eigenvalue's first.</summary>
    private void Begin(Tensor g)
    {
        Accumulate(g);
        foreach (var n in _turned)
        {
            var (_, vectors) = Factorizations.Eigen(_state[$"L{n}"], 0, $"factor of axis {n} of '{Shape.Name}'");
            _state[$"Q{n}"].copy_(vectors.flip(1));
        }
    }

    private void Accumulate(Tensor g)
    {
        foreach (var n in _turned)
        {
            ShampooMath.Accumulate(_state[$"L{n}"], g, n, _options.FactorDecay ?? _options.Beta2);
        }
    }

    /// <summary>X ×ₙ Qₙᵀ over the turned axes, or ×ₙ Qₙ back.</summary>
    private Tensor Turn(Tensor x, bool back)
    {
        foreach (var n in _turned)
        {
            var q = _state[$"Q{n}"];
            x = AxisProduct.Along(x, n, back ? q.mm : q.t().mm);
        }

        return x;
    }

    /// <summary>Q ← qr(L Q) with the columns in the order of diag(Qᵀ L Q), the largest first; means of squares follow that order, means of gradients are turned anew.</summary>
    private void RenewBasis()
    {
        var mean = Turn(_state["mean"], back: true);
        foreach (var n in _turned)
        {
            var (l, q) = (_state[$"L{n}"], _state[$"Q{n}"]);
            var order = q.mul(l.mm(q)).sum(dim: 0L).argsort(0, descending: true);
            _state["square"].copy_(_state["square"].index_select(n, order));
            q.copy_(Factorizations.Orthogonal(l.mm(q.index_select(1, order))).Basis);
        }

        _state["mean"].copy_(Turn(mean, back: false));
    }
}
