using System.Buffers;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The forward pass of a chain of dense layers in float32, without a native call.</summary>
internal sealed partial class DenseForward : IManagedForward, IManagedGradient
{
    /// <summary>Rows that pass through all layers together: their numbers stay in the nearest caches.</summary>
    private const int BlockRows = 32;

    private const int StackFloats = 1024;

    private readonly Activation _activation;
    private readonly PackedLayer[] _layers;
    private readonly int _widest;

    public DenseForward(
        Activation activation, IEnumerable<(string Name, int Inputs, int Outputs)> layers, IReadOnlyList<NamedWeights> weights)
    {
        _activation = activation;
        var byName = weights.ToDictionary(w => w.Name);
        _layers = [.. layers.Select(l => new PackedLayer(
            Values(byName, l.Name + ".weight", [l.Outputs, l.Inputs]), Values(byName, l.Name + ".bias", [l.Outputs])))];
        _widest = _layers.Max(l => l.Stride);
    }

    public void Run(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        var (first, last) = (_layers[0].Inputs, _layers[^1].Outputs);
        var rows = inputs.Length / first;
        if (inputs.Length != rows * first || outputs.Length != rows * last)
        {
            throw new ArgumentException(
                $"The network takes {first} inputs and gives {last} outputs a row, but {inputs.Length} and {outputs.Length} numbers were passed.");
        }

        var floats = 2 * Math.Min(rows, BlockRows) * _widest;
        var rented = floats <= StackFloats ? null : ArrayPool<float>.Shared.Rent(floats);
        var buffer = rented is null ? stackalloc float[floats] : rented.AsSpan(0, floats);
        for (var row = 0; row < rows; row += BlockRows)
        {
            var block = Math.Min(rows - row, BlockRows);
            RunBlock(block, inputs.Slice(row * first, block * first), outputs.Slice(row * last, block * last), buffer);
        }

        if (rented is not null)
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private void RunBlock(int rows, ReadOnlySpan<float> inputs, Span<float> outputs, Span<float> buffer)
    {
        var half = buffer.Length / 2;
        scoped var current = inputs;
        var stride = _layers[0].Inputs;
        for (var i = 0; i < _layers.Length; i++)
        {
            var next = buffer.Slice(i % 2 * half, rows * _layers[i].Stride);
            _layers[i].Apply(rows, current, stride, next);
            if (i < _layers.Length - 1)
            {
                VectorFunctions.Apply(_activation, next);
            }

            current = next;
            stride = _layers[i].Stride;
        }

        var width = _layers[^1].Outputs;
        for (var row = 0; row < rows; row++)
        {
            current.Slice(row * stride, width).CopyTo(outputs.Slice(row * width, width));
        }
    }

    private static float[] Values(Dictionary<string, NamedWeights> byName, string name, long[] shape)
    {
        if (!byName.TryGetValue(name, out var weights) || !weights.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new FormatException(
                $"The network needs the parameter '{name}' of shape [{string.Join(", ", shape)}], but found "
                + (weights is null ? "none." : $"[{string.Join(", ", weights.Shape)}]."));
        }

        return weights.Values;
    }
}
