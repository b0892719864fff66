using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>A network whose outputs are divided by a temperature. Shared by all threads.</summary>
internal sealed class TemperedForward : IManagedForward, IManagedGradient
{
    private readonly IManagedForward _network;
    private readonly float _factor;

    private TemperedForward(IManagedForward network, double temperature) => (_network, _factor) = (network, (float)(1 / temperature));

    /// <summary>The network itself where the temperature is 1.</summary>
    public static IManagedForward Of(IManagedForward network, double temperature) => temperature == 1 ? network : new TemperedForward(network, temperature);

    public void Run(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        _network.Run(inputs, outputs);
        TensorPrimitives.Multiply(outputs, _factor, outputs);
    }

    /// <summary>For networks whose derivative is known.</summary>
    /// <inheritdoc/>
    public void Differentiate(ReadOnlySpan<float> inputs, OutputGradient function, Span<float> gradient) => ((IManagedGradient)_network).Differentiate(
        inputs,
        (outputs, g) =>
        {
            var tempered = new float[outputs.Length];
            TensorPrimitives.Multiply(outputs, _factor, tempered);
            function(tempered, g);
            TensorPrimitives.Multiply(g, _factor, g);
        },
        gradient);
}
