using System.Buffers;
using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.Networks;

/// <content>Back through the layers.</content>
internal sealed partial class DenseForward
{
    public void Differentiate(ReadOnlySpan<float> inputs, OutputGradient function, Span<float> gradients)
    {
        var width = _layers[0].Inputs;
        for (var first = 0; first < inputs.Length; first += width)
        {
            DifferentiateRow(inputs.Slice(first, width), function, gradients.Slice(first, width));
        }
    }

    private void DifferentiateRow(ReadOnlySpan<float> inputs, OutputGradient function, Span<float> gradient)
    {
        var rented = ArrayPool<float>.Shared.Rent(_layers.Sum(l => l.Stride) + 2 * _widest);
        var z = rented.AsSpan(0, rented.Length - 2 * _widest); // before the activation, layer after layer
        var work = rented.AsSpan(z.Length, _widest);
        var g = rented.AsSpan(z.Length + _widest, _widest);
        Forward(inputs, z, work);

        var at = _layers.Sum(l => l.Stride);
        var last = _layers[^1];
        g.Clear();
        function(z.Slice(at - last.Stride, last.Outputs), g[..last.Outputs]);
        for (var i = _layers.Length - 1; i > 0; i--)
        {
            at -= _layers[i].Stride;
            var below = _layers[i - 1];
            _layers[i].ApplyTransposed(g[.._layers[i].Stride], work[..below.Outputs]);
            g.Clear();
            for (var o = 0; o < below.Outputs; o++)
            {
                g[o] = (float)(work[o] * Slope(z[at - below.Stride + o]));
            }
        }

        _layers[0].ApplyTransposed(g[.._layers[0].Stride], gradient);
        ArrayPool<float>.Shared.Return(rented);
    }

    private void Forward(ReadOnlySpan<float> inputs, Span<float> z, Span<float> work)
    {
        scoped var current = inputs;
        var at = 0;
        foreach (var layer in _layers)
        {
            var before = z.Slice(at, layer.Stride);
            layer.Apply(1, current, layer.Inputs, before);
            var after = work[..layer.Stride];
            before.CopyTo(after);
            VectorFunctions.Apply(_activation, after);
            current = after;
            at += layer.Stride;
        }
    }

    /// <summary>The derivative of the activation.</summary>
    private double Slope(double z)
    {
        switch (_activation)
        {
            case Activation.Silu:
                var s = 1 / (1 + Math.Exp(-z));
                return s * (1 + z * (1 - s));
            case Activation.Tanh:
                var t = Math.Tanh(z);
                return 1 - t * t;
            case Activation.Gelu:
                return 0.5 * ErrorFunction.Complement(-z / Math.Sqrt(2)) + z * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);
            default:
                return z > 0 ? 1 : 0;
        }
    }
}
