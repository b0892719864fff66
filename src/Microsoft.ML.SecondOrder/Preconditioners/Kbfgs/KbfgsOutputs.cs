using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// H_g ≈ G⁻¹ by doubly damped BFGS updates with the averaged pairs of two passes, as a matrix or as the pairs themselves
/// (Goldfarb et al., 2020, algorithms 1 to 3). Owns its state.
/// </summary>
internal sealed class KbfgsOutputs : IDisposable
{
    private readonly KbfgsOptions _options;
    private readonly Dictionary<string, Tensor> _state = [];

    public KbfgsOutputs(KbfgsOptions options, LayerShape shape, ScalarType type)
    {
        _options = options;
        using var scope = NewDisposeScope();
        Set("s", zeros(new[] { shape.Outputs }, type, shape.Device));
        Set("y", zeros(new[] { shape.Outputs }, type, shape.Device));
        if (options.Memory is { } memory)
        {
            Set("S", zeros(new[] { memory, shape.Outputs }, type, shape.Device));
            Set("Y", zeros(new[] { memory, shape.Outputs }, type, shape.Device));
            Set("pairs", zeros(new long[] { 1 }, float64, CPU));
        }
        else
        {
            Set("H_g", eye(shape.Outputs, shape.Outputs, type, shape.Device));
        }
    }

    public IEnumerable<(string, Tensor)> State => _state.Select(p => (p.Key, p.Value));

    /// <summary>H_g V: [O, M].</summary>
    public Tensor Apply(Tensor v)
    {
        if (_state.TryGetValue("H_g", out var h))
        {
            return h.mm(v);
        }

        using var scope = NewDisposeScope();
        return KbfgsMath.Compact(v, Pairs("S"), Pairs("Y")).MoveToOuterDisposeScope();
    }

    /// <summary>Renews the averages of s and y and, with them, H_g; false where a pass was not finite.</summary>
    public bool Update(KbfgsPass before, KbfgsPass after, double gradientScale, double damping, bool isFirst)
    {
        var gradient = before.GradientSum.Over(gradientScale);
        var (s, y) = (before.OutputMean.Minus(after.OutputMean), gradient.Minus(after.GradientSum.Over(gradientScale)));
        if (!KbfgsMath.IsFinite(s, y))
        {
            return false;
        }

        Average("s", s, isFirst);
        Average("y", y, isFirst);
        Learn(_state["s"], _state["y"], gradient.to(_state["y"].dtype), Math.Sqrt(damping * before.Positions));
        return true;
    }

    /// <summary>Renews H_g by one pair; skips pairs that would spoil it.</summary>
    /// <param name="s">Change of the outputs: [O].</param>
    /// <param name="y">Change of the gradient: [O].</param>
    /// <param name="gradient">The gradient before the step: [O].</param>
    /// <param name="leastCurvature">ε.</param>
    /// <returns>The damped pair; whether it was used.</returns>
    public (Tensor S, Tensor Y, bool IsUsed) Learn(Tensor s, Tensor y, Tensor gradient, double leastCurvature)
    {
        var hy = Apply(y.unsqueeze(1)).squeeze(1);
        s = KbfgsMath.PowellDamped(s, y, hy, _options.PowellShare);
        y = KbfgsMath.CurvatureDamped(s, y, leastCurvature);
        if (!KbfgsMath.IsUsable(s, y, gradient))
        {
            return (s, y, false);
        }

        if (_state.TryGetValue("H_g", out var h))
        {
            Set("H_g", KbfgsMath.Updated(h, s, y));
        }
        else
        {
            Append(s, y);
        }

        return (s, y, true);
    }

    public void To(Device device)
    {
        using var scope = NewDisposeScope();
        foreach (var name in _state.Keys.Where(k => k != "pairs").ToList())
        {
            Set(name, _state[name].to(device, copy: true));
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _state.Values)
        {
            tensor.Dispose();
        }
    }

    private Tensor Pairs(string name) => _state[name].narrow(0, 0, (long)_state["pairs"].ToDouble());

    /// <summary>Adds a pair behind the others, in place of the oldest where there is no room.</summary>
    private void Append(Tensor s, Tensor y)
    {
        var count = (long)_state["pairs"].ToDouble();
        var isFull = count == _options.Memory;
        foreach (var (name, row) in new[] { ("S", s), ("Y", y) })
        {
            if (isFull)
            {
                Set(name, cat(new List<Tensor> { _state[name].narrow(0, 1, count - 1), row.unsqueeze(0) }, 0));
            }
            else
            {
                _state[name].select(0, count).copy_(row);
            }
        }

        _state["pairs"].AddInPlace(isFull ? 0 : 1);
    }

    private void Average(string name, Tensor batch, bool isFirst)
    {
        _state[name].ScaleInPlace(isFirst ? 0 : _options.FactorDecay);
        _state[name].AddInPlace(batch.to(_state[name].dtype), isFirst ? 1 : 1 - _options.FactorDecay);
    }

    private void Set(string name, Tensor value)
    {
        _state.GetValueOrDefault(name)?.Dispose();
        _state[name] = value.DetachFromDisposeScope();
    }
}
