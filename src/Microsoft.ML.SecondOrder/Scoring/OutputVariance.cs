using System.Collections.Immutable;
using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// How far the outputs of a multi-layer perceptron vary with the uncertainty of its weights, in managed code: their covariance is R Rᵀ, where each uncertain
/// layer adds the columns (Pᵀg)ᵢ √(Σⱼ mᵢⱼ (Tᵀa)ⱼ²) to R, with g an output's gradients, which go back layer by layer. Immutable, hence safe to share between threads.
/// </summary>
internal sealed class OutputVariance
{
    private readonly Activation _activation;
    private readonly ImmutableArray<LayerUncertainty> _uncertain;
    private readonly (float[] Weight, float[] Bias)[] _layers;

    /// <param name="network">Whose weights' uncertainty is known.</param>
    /// <param name="layers">Which of them count.</param>
    public OutputVariance(FittedNetwork network, UncertainLayers layers = UncertainLayers.All)
    {
        var (mlp, known) = ((MlpNetwork)network.Network, network.Uncertainty!.Layers);
        (_activation, _uncertain, Outputs) = (mlp.Activation, layers == UncertainLayers.All ? known : known[^1..], network.Shape.Outputs);
        var byName = network.Weights.ToDictionary(w => w.Name, w => w.Values);
        var names = Enumerable.Range(1, mlp.HiddenWidths.Length).Select(i => $"hidden{i}").Append("output");
        _layers = [.. names.Select(n => (byName[n + ".weight"], byName[n + ".bias"]))];
        Width = _uncertain.Sum(l => l.Outputs);
    }

    /// <summary>C: outputs.</summary>
    public int Outputs { get; }

    /// <summary>D: columns of R.</summary>
    public int Width { get; }

    /// <summary>The sum of the variances of the outputs, in the square of their own unit.</summary>
    /// <param name="inputs">[I]</param>
    public double Of(ReadOnlySpan<float> inputs)
    {
        var root = new float[Outputs * Width];
        Root(inputs, root);
        var variance = 0.0;
        foreach (var number in root)
        {
            variance += (double)number * number;
        }

        return variance;
    }

    /// <summary>R, whose product with its transpose is the covariance of the outputs.</summary>
    /// <param name="inputs">[I]</param>
    /// <param name="root">[C, D], overwritten.</param>
    public void Root(ReadOnlySpan<float> inputs, Span<float> root)
    {
        var (values, slopes) = Forward(inputs);
        var first = _layers.Length - _uncertain.Length;
        var deviations = _uncertain.Select((layer, l) => Deviations(layer, values[first + l])).ToArray();
        for (var c = 0; c < Outputs; c++)
        {
            var gradient = new float[Outputs];
            gradient[c] = 1;
            var row = root.Slice(c * Width, Width);
            for (var l = _layers.Length - 1; l >= first; l--)
            {
                var (layer, deviation) = (_uncertain[l - first], deviations[l - first]);
                var part = row[^layer.Outputs..];
                row = row[..^layer.Outputs];
                for (var i = 0; i < part.Length; i++)
                {
                    part[i] = TensorPrimitives.Dot<float>(layer.Left.AsSpan(i * layer.Outputs, layer.Outputs), gradient) * deviation[i];
                }

                gradient = l > first ? Back(l, gradient, slopes[l - 1]) : gradient;
            }
        }
    }

    /// <summary>Each layer's inputs, with a 1 at the end for the bias, and the slopes of the activations between.</summary>
    private (float[][] Values, float[][] Slopes) Forward(ReadOnlySpan<float> inputs)
    {
        var (values, slopes) = (new float[_layers.Length][], new float[_layers.Length - 1][]);
        values[0] = [.. inputs, 1];
        for (var l = 0; l < slopes.Length; l++)
        {
            var ((weight, bias), width) = (_layers[l], values[l].Length - 1);
            (values[l + 1], slopes[l]) = (new float[bias.Length + 1], new float[bias.Length]);
            for (var o = 0; o < bias.Length; o++)
            {
                var z = TensorPrimitives.Dot(weight.AsSpan(o * width, width), values[l].AsSpan(0, width)) + bias[o];
                (values[l + 1][o], slopes[l][o]) = Activate(z);
            }

            values[l + 1][^1] = 1;
        }

        return (values, slopes);
    }

    /// <summary>√(Σⱼ mᵢⱼ (Tᵀa)ⱼ²): [O].</summary>
    private static float[] Deviations(LayerUncertainty layer, ReadOnlySpan<float> a)
    {
        var squares = new float[layer.Inputs];
        for (var j = 0; j < squares.Length; j++)
        {
            var along = TensorPrimitives.Dot(layer.Right.AsSpan(j * layer.Inputs, layer.Inputs), a);
            squares[j] = along * along;
        }

        var deviations = new float[layer.Outputs];
        for (var i = 0; i < deviations.Length; i++)
        {
            deviations[i] = MathF.Sqrt(TensorPrimitives.Dot<float>(layer.Variances.AsSpan(i * layer.Inputs, layer.Inputs), squares));
        }

        return deviations;
    }

    /// <summary>(Wᵀ g) ∘ slopes.</summary>
    private float[] Back(int layer, float[] gradient, float[] slopes)
    {
        var back = new float[slopes.Length];
        for (var o = 0; o < gradient.Length; o++)
        {
            TensorPrimitives.MultiplyAdd(_layers[layer].Weight.AsSpan(o * back.Length, back.Length), gradient[o], back, back);
        }

        TensorPrimitives.Multiply(back, slopes, back);
        return back;
    }

    private (float Value, float Slope) Activate(float number)
    {
        double z = number;
        switch (_activation)
        {
            case Activation.Relu:
                return z > 0 ? (number, 1) : (0, 0);
            case Activation.Tanh:
                var t = Math.Tanh(z);
                return ((float)t, (float)(1 - t * t));
            case Activation.Gelu:
                var p = NormalDistribution.Probability(z);
                return ((float)(z * p), (float)(p + z * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI)));
            default:
                var s = 1 / (1 + Math.Exp(-z));
                return ((float)(z * s), (float)(s * (1 + z * (1 - s))));
        }
    }
}
