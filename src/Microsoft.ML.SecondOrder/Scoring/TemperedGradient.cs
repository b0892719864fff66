using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>The derivative of a network whose outputs are divided by a temperature. Shared by all threads.</summary>
internal sealed class TemperedGradient : IManagedGradient
{
    private readonly IManagedGradient _network;
    private readonly float _factor;

    private TemperedGradient(IManagedGradient network, double temperature) => (_network, _factor) = (network, (float)(1 / temperature));

    /// <summary>That of the network itself where the temperature is 1.</summary>
    public static IManagedGradient Of(IManagedGradient network, double temperature) => temperature == 1 ? network : new TemperedGradient(network, temperature);

    public void Differentiate(ReadOnlySpan<float> inputs, OutputGradient function, Span<float> gradient) => _network.Differentiate(
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
