using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Running averages of tensors that are updated together. Owns them.</summary>
internal sealed class RunningAverage : IDisposable
{
    private readonly double _decay;
    private readonly FactorStart _start;
    private readonly NamedTensors _tensors = new();
    private readonly Tensor _count;

    /// <summary>Averages of square matrices.</summary>
    public RunningAverage(double decay, FactorStart start, ScalarType type, Device device, params (string Name, long Size)[] sizes)
        : this(decay, start, [.. sizes.Select(s => (s.Name, start == FactorStart.Identity ? eye(s.Size, s.Size, type, device) : zeros(new[] { s.Size, s.Size }, type, device)))])
    {
    }

    /// <summary>Averages of any shapes that begin with the first batch.</summary>
    public RunningAverage(double decay, ScalarType type, Device device, params (string Name, long[] Shape)[] shapes)
        : this(decay, FactorStart.WeightedMean, [.. shapes.Select(s => (s.Name, zeros(s.Shape, type, device)))])
    {
    }

    private RunningAverage(double decay, FactorStart start, (string Name, Tensor Tensor)[] first)
    {
        (_decay, _start) = (decay, start);
        _tensors.Replace(first);
        _count = _tensors.AddCount("updates");
    }

    public bool IsEmpty => _count.ToDouble() == 0;

    public Tensor this[string name] => _tensors[name];

    /// <summary>The averages, and the number of their updates, which is saved with them: "updates", [1].</summary>
    public IReadOnlyDictionary<string, Tensor> All => _tensors.All;

    /// <summary>w, how much update t, from 1, counts: (1 − ρ)/(1 − ρᵗ), or 1 − ρ where the average began at the identity.</summary>
    public static double Weight(double decay, FactorStart start, double update) =>
        start == FactorStart.Identity ? 1 - decay : (1 - decay) / (1 - Math.Pow(decay, update));

    /// <summary>X ← X + w (X̂ − X).</summary>
    /// <param name="batch">X̂ of every average.</param>
    public void Update(params (string Name, Tensor Tensor)[] batch)
    {
        _count.AddInPlace(1);
        var weight = Weight(_decay, _start, _count.ToDouble());
        foreach (var (name, tensor) in batch)
        {
            _tensors[name].ScaleInPlace(1 - weight);
            _tensors[name].AddInPlace(tensor, weight);
        }
    }

    public void To(Device device) => _tensors.To(device);

    public void Dispose() => _tensors.Dispose();
}
