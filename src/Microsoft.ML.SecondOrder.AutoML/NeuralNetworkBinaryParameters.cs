using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What a search varies of <see cref="NeuralNetworkBinaryTrainer"/>.</summary>
public sealed class NeuralNetworkBinaryParameters : NeuralNetworkParameters
{
    /// <summary>Options of the trainer; whatever these parameters do not name may be set there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter makes no sense.</exception>
    public NeuralNetworkBinaryTrainer.Options ToOptions() => Fill(new NeuralNetworkBinaryTrainer.Options(), FisherKind.Sampled);
}
