using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Shampoo on one parameter; see <see cref="ShampooOptions"/>.</summary>
internal sealed class ShampooPreconditioner : ParameterPreconditioner
{
    private readonly ShampooOptions _options;
    private readonly long[] _sizes;
    private readonly IReadOnlyList<(long Start, long Length)[]> _blocks;
    private readonly NamedTensors _state = new();

    public ShampooPreconditioner(ShampooOptions options, ParameterShape shape)
        : base(shape)
    {
        _options = options;
        _sizes = ShampooMath.Merged(shape.Sizes, options.LargestMergedAxis);
        _blocks = ShampooMath.Blocks(_sizes, options.LargestFactor);
        var type = options.FactorType ?? shape.Type;
        _state.AddCount("steps");
        for (var b = 0; b < _blocks.Count; b++)
        {
            for (var n = 0; n < _sizes.Length; n++)
            {
                var square = new[] { _blocks[b][n].Length, _blocks[b][n].Length };
                _state.Add(Name("L", b, n), zeros(square, type, shape.Device));
                _state.Add(Name("root", b, n), zeros(square, type, shape.Device));
            }
        }

        if (options.Grafting is not (Grafting.None or Grafting.Sgd))
        {
            _state.Add("square", zeros(_sizes, shape.Type, shape.Device));
        }
    }

    internal override IReadOnlyDictionary<string, IReadOnlyList<Tensor>> State => _state.State();

    internal override string Description =>
        $"Shampoo, [{string.Join(", ", _sizes)}]{(_blocks.Count > 1 ? $" in {_blocks.Count} blocks" : "")}{(_options.Grafting == Grafting.None ? "" : $", as long as {_options.Grafting}")}";

    internal override double? EffectiveDamping => Damped(_options.Epsilon);

    internal override Tensor Precondition(Tensor gradient, long step, long examples)
    {
        using var scope = NewDisposeScope();
        var g = gradient.reshape(_sizes);
        var count = _state["steps"];
        count.AddInPlace(1);
        var updates = count.ToDouble();
        var graft = Graft(g, updates);
        var direction = zeros_like(g);
        for (var b = 0; b < _blocks.Count; b++)
        {
            var part = Block(g, b).to(_state[Name("L", b, 0)].dtype);
            for (var n = 0; n < _sizes.Length; n++)
            {
                ShampooMath.Accumulate(_state[Name("L", b, n)], part, n, _options.FactorDecay);
            }

            if (updates == 1 || step % _options.UpdateInterval == 0)
            {
                Renew(b);
            }

            Block(direction, b).copy_(ShampooMath.Direction(part, [.. _sizes.Select((_, n) => _state[Name("root", b, n)])]));
        }

        var result = graft is null ? direction : updates <= _options.GraftingSteps ? graft : ShampooMath.Grafted(direction, graft);
        return result.reshape(gradient.shape).to(gradient.dtype).clone().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override void RenewDamping()
    {
        if (_state["steps"].ToDouble() > 0)
        {
            for (var b = 0; b < _blocks.Count; b++)
            {
                Renew(b);
            }
        }
    }

    internal override void To(Device device) => _state.To(device);

    public override void Dispose() => _state.Dispose();

    private static string Name(string what, int block, int axis) => $"{what}{block}.{axis}";

    private Tensor Block(Tensor whole, int block)
    {
        for (var n = 0; n < _sizes.Length; n++)
        {
            whole = whole.narrow(n, _blocks[block][n].Start, _blocks[block][n].Length);
        }

        return whole;
    }

    /// <summary>(L̂ + εI)^(−1/2k), with the mean L̂ of the batches seen.</summary>
    private void Renew(int block)
    {
        using var scope = NewDisposeScope();
        var weight = _options.FactorDecay is { } decay ? 1 - Math.Pow(decay, _state["steps"].ToDouble()) : 1;
        var exponent = _options.Exponent ?? 0.5 / _sizes.Length;
        for (var n = 0; n < _sizes.Length; n++)
        {
            var mean = _state[Name("L", block, n)].Over(weight);
            _state[Name("root", block, n)].copy_(Factorizations.Power(mean, Damped(_options.Epsilon), -exponent, $"factor of axis {n} of '{Shape.Name}'"));
        }
    }

    /// <summary>The step of the method whose length is taken.</summary>
    private Tensor? Graft(Tensor g, double updates)
    {
        if (_options.Grafting is Grafting.None or Grafting.Sgd)
        {
            return _options.Grafting == Grafting.None ? null : g;
        }

        var square = _state["square"];
        if (_options.Grafting == Grafting.AdaGrad)
        {
            square.AddProductInPlace(g, g);
        }
        else
        {
            AdaptiveMath.AverageSquare(square, g, _options.GraftingDecay, 1);
        }

        var weight = _options.Grafting == Grafting.Adam ? 1 - Math.Pow(_options.GraftingDecay, updates) : 1;
        return AdaptiveMath.Direction(g, square, 1, weight, _options.GraftingEpsilon, hasRoot: true);
    }
}
