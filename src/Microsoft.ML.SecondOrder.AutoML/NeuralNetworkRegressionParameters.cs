using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What a search varies of <see cref="NeuralNetworkRegressionTrainer"/>.</summary>
public sealed class NeuralNetworkRegressionParameters : NeuralNetworkParameters
{
    /// <summary>Options of the trainer; whatever these parameters do not name may be set there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter makes no sense.</exception>
    public NeuralNetworkRegressionTrainer.Options ToOptions() => Fill(new NeuralNetworkRegressionTrainer.Options(), FisherKind.Exact);
}
