using System.Numerics.Tensors;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>A network whose outputs are divided by a temperature. Shared by all threads.</summary>
internal sealed class TemperedForward : IManagedForward
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
}
