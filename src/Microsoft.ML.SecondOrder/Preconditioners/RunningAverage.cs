using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Running averages of matrices that are updated together. Owns them.</summary>
internal sealed class RunningAverage : IDisposable
{
    private readonly double _decay;
    private readonly FactorStart _start;
    private readonly Dictionary<string, Tensor> _matrices = [];

    public RunningAverage(double decay, FactorStart start, ScalarType type, Device device, params (string Name, long Size)[] sizes)
    {
        (_decay, _start) = (decay, start);
        foreach (var (name, size) in sizes)
        {
            var first = start == FactorStart.Identity ? eye(size, size, type, device) : zeros(new[] { size, size }, type, device);
            _matrices.Add(name, first.DetachFromDisposeScope());
        }

        Count = zeros(new long[] { 1 }, float64, CPU).DetachFromDisposeScope();
    }

    /// <summary>Averages of any shapes that begin with the first batch.</summary>
    public RunningAverage(double decay, ScalarType type, Device device, params (string Name, long[] Shape)[] shapes)
    {
        (_decay, _start) = (decay, FactorStart.WeightedMean);
        foreach (var (name, shape) in shapes)
        {
            _matrices.Add(name, zeros(shape, type, device).DetachFromDisposeScope());
        }

        Count = zeros(new long[] { 1 }, float64, CPU).DetachFromDisposeScope();
    }

    /// <summary>The number of updates, as a tensor on the processor so that it is saved with the rest: [1].</summary>
    public Tensor Count { get; }

    public bool IsEmpty => Count.ToDouble() == 0;

    public Tensor this[string name] => _matrices[name];

    public IEnumerable<(string Name, Tensor Tensor)> Tensors => [.. _matrices.Select(m => (m.Key, m.Value)), ("updates", Count)];

    /// <summary>w, how much update t, from 1, counts: (1 − ρ)/(1 − ρᵗ), or 1 − ρ where the average began at the identity.</summary>
    public static double Weight(double decay, FactorStart start, double update) =>
        start == FactorStart.Identity ? 1 - decay : (1 - decay) / (1 - Math.Pow(decay, update));

    /// <summary>X ← X + w (X̂ − X).</summary>
    public void Update(IReadOnlyDictionary<string, Tensor> batch)
    {
        Count.AddInPlace(1);
        var weight = Weight(_decay, _start, Count.ToDouble());
        foreach (var (name, matrix) in _matrices)
        {
            matrix.ScaleInPlace(1 - weight);
            matrix.AddInPlace(batch[name], weight);
        }
    }

    public void To(Device device)
    {
        foreach (var (name, matrix) in _matrices.ToList())
        {
            _matrices[name] = matrix.to(device, copy: true).DetachFromDisposeScope();
            matrix.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var matrix in _matrices.Values)
        {
            matrix.Dispose();
        }

        Count.Dispose();
    }
}
