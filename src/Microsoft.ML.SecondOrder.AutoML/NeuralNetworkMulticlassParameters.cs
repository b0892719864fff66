using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What a search varies of <see cref="NeuralNetworkMulticlassTrainer"/>.</summary>
public sealed class NeuralNetworkMulticlassParameters : NeuralNetworkParameters
{
    /// <summary>Options of the trainer; whatever these parameters do not name may be set there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter makes no sense.</exception>
    public NeuralNetworkMulticlassTrainer.Options ToOptions() => Fill(new NeuralNetworkMulticlassTrainer.Options(), FisherKind.Sampled);
}
