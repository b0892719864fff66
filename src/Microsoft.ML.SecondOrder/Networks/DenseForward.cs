using System.Buffers;
using System.Numerics.Tensors;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>The forward pass of a chain of dense layers in float32, without a native call.</summary>
internal sealed class DenseForward : IManagedForward
{
    private const int StackFloats = 1024;

    private readonly Activation _activation;
    private readonly Layer[] _layers;
    private readonly int _widest;

    public DenseForward(
        Activation activation, IEnumerable<(string Name, int Inputs, int Outputs)> layers, IReadOnlyList<NamedWeights> weights)
    {
        _activation = activation;
        var byName = weights.ToDictionary(w => w.Name);
        _layers = [.. layers.Select(l => new Layer(
            Values(byName, l.Name + ".weight", [l.Outputs, l.Inputs]), Values(byName, l.Name + ".bias", [l.Outputs]), l.Inputs, l.Outputs))];
        _widest = _layers.Max(l => l.Outputs);
    }

    public void Run(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        var first = _layers[0].Inputs;
        var last = _layers[^1].Outputs;
        if (inputs.Length != first || outputs.Length != last)
        {
            throw new ArgumentException(
                $"The network takes {first} inputs and gives {last} outputs, but {inputs.Length} and {outputs.Length} were passed.");
        }

        float[]? rented = null;
        var buffer = 3 * _widest <= StackFloats
            ? stackalloc float[3 * _widest]
            : (rented = ArrayPool<float>.Shared.Rent(3 * _widest)).AsSpan(0, 3 * _widest);
        scoped var current = inputs;
        scoped Span<float> next;
        for (var i = 0; i < _layers.Length; i++)
        {
            var isOutput = i == _layers.Length - 1;
            next = isOutput ? outputs : buffer.Slice((i % 2) * _widest, _layers[i].Outputs);
            _layers[i].Apply(current, next);
            if (!isOutput)
            {
                Activate(next, buffer.Slice(2 * _widest, next.Length));
            }

            current = next;
        }

        if (rented is not null)
        {
            ArrayPool<float>.Shared.Return(rented);
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

    /// <param name="z">Overwritten.</param>
    /// <param name="scratch">As long as <paramref name="z"/>, overwritten.</param>
    private void Activate(Span<float> z, Span<float> scratch)
    {
        switch (_activation)
        {
            case Activation.Silu:
                TensorPrimitives.Sigmoid(z, scratch);
                TensorPrimitives.Multiply(z, scratch, z);
                break;
            case Activation.Relu:
                for (var i = 0; i < z.Length; i++)
                {
                    // Written so that NaN stays NaN, as in libtorch.
                    z[i] = z[i] < 0 ? 0 : z[i];
                }

                break;
            case Activation.Tanh:
                TensorPrimitives.Tanh(z, z);
                break;
            case Activation.Gelu:
                for (var i = 0; i < z.Length; i++)
                {
                    z[i] = (float)(0.5 * z[i] * ErrorFunction.Complement(-z[i] / Math.Sqrt(2)));
                }

                break;
        }
    }

    private sealed record Layer(float[] Weight, float[] Bias, int Inputs, int Outputs)
    {
        /// <summary>y = W x + b, W: [O, I].</summary>
        public void Apply(ReadOnlySpan<float> x, Span<float> y)
        {
            for (var o = 0; o < Outputs; o++)
            {
                y[o] = TensorPrimitives.Dot(Weight.AsSpan(o * Inputs, Inputs), x) + Bias[o];
            }
        }
    }
}
