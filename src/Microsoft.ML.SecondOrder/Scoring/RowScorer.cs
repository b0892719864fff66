using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>A trained network, ready to score. Shared by all threads: holds no state but the weights.</summary>
internal sealed class RowScorer(FittedNetwork network)
{
    private readonly IManagedForward _forward = network.Network.CreateForward(network.Shape, network.Weights);
    private volatile bool _closed;

    public FittedNetwork Network { get; } = network;

    public void Close() => _closed = true;

    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public void RequireOpen() => ObjectDisposedException.ThrowIf(_closed, typeof(NeuralNetworkPredictionTransformer));

    /// <summary>Outputs of the network for the features of a row; NaN where a feature is.</summary>
    /// <param name="features">[I], sparse or dense.</param>
    /// <param name="inputs">Working memory: [I].</param>
    /// <param name="outputs">[O], overwritten.</param>
    public void Score(in VBuffer<float> features, Span<float> inputs, Span<float> outputs)
    {
        RequireOpen();
        features.CopyTo(inputs);
        Network.Features.Scaling.Apply(inputs, inputs);
        _forward.Run(inputs, outputs);
    }
}
