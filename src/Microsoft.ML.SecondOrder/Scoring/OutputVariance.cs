using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// The variance of a multi-layer perceptron's one output from the uncertainty of its weights, in managed code: the output's gradients go back
/// layer by layer, and each layer adds Σᵢ (Pᵀg)ᵢ² Σⱼ mᵢⱼ (Tᵀa)ⱼ². Immutable, hence safe to share between threads.
/// </summary>
internal sealed class OutputVariance
{
    private readonly Activation _activation;
    private readonly Uncertainty _uncertainty;
    private readonly (float[] Weight, float[] Bias)[] _layers;

    public OutputVariance(FittedNetwork network, Uncertainty uncertainty)
    {
        _activation = ((MlpNetwork)network.Network).Activation;
        _uncertainty = uncertainty;
        var byName = network.Weights.ToDictionary(w => w.Name, w => w.Values);
        var names = Enumerable.Range(1, uncertainty.Layers.Length - 1).Select(i => $"hidden{i}").Append("output");
        _layers = [.. names.Select(n => (byName[n + ".weight"], byName[n + ".bias"]))];
    }

    /// <summary>The variance of the output, in its own unit.</summary>
    /// <param name="inputs">[I]</param>
    public double Of(ReadOnlySpan<float> inputs)
    {
        var (values, slopes) = Forward(inputs);
        var gradient = new float[] { 1 };
        var variance = 0.0;
        for (var l = _layers.Length - 1; l >= 0; l--)
        {
            variance += Variance(_uncertainty.Layers[l], values[l], gradient);
            gradient = l > 0 ? Back(l, gradient, slopes[l - 1]) : gradient;
        }

        return variance;
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

    private static double Variance(LayerUncertainty layer, ReadOnlySpan<float> a, ReadOnlySpan<float> g)
    {
        var squares = new float[layer.Inputs];
        for (var j = 0; j < squares.Length; j++)
        {
            var along = TensorPrimitives.Dot(layer.Right.AsSpan(j * layer.Inputs, layer.Inputs), a);
            squares[j] = along * along;
        }

        var variance = 0.0;
        for (var i = 0; i < layer.Outputs; i++)
        {
            double along = TensorPrimitives.Dot(layer.Left.AsSpan(i * layer.Outputs, layer.Outputs), g);
            variance += along * along * TensorPrimitives.Dot<float>(layer.Variances.AsSpan(i * layer.Inputs, layer.Inputs), squares);
        }

        return variance;
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
