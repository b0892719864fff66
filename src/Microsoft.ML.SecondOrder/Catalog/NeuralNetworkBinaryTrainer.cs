using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder;

/// <summary>Trains a neural network that tells true from false.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use
/// [NeuralNetwork](xref:Microsoft.ML.NeuralNetworkCatalog.NeuralNetwork*) of `mlContext.BinaryClassification.Trainers`.
///
/// ### Input and output columns
/// | Column | Type | Meaning |
/// | -- | -- | -- |
/// | `Features` | known-size vector of Single; or keys, images and several columns, by the network (`Options.Network`) | input |
/// | `Label` | Boolean | input |
/// | example weight, optional | Single | input |
/// | `PredictedLabel` | Boolean | whether `Score` is positive |
/// | `Score` | Single | log-odds of true |
/// | `Probability` | Single | probability of true, 0 to 1 |
/// | `OutOfDistributionScore` | Single, with the option of this name | how far the row is from those of the training |
///
/// ### Trainer characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Binary classification |
/// | Is normalization required? | No: columns are standardised and far values drawn in; indicators stay as they are |
/// | Is caching required? | No: the data is read once |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.SecondOrder, and one of TorchSharp-cpu, TorchSharp-cuda-windows, TorchSharp-cuda-linux to train |
/// | Exportable to ONNX | Yes, by `mlContext.SecondOrder().ConvertToOnnx` |
///
/// ### Training algorithm
/// Mini-batches of a seeded shuffle; each step is preconditioned by an estimate of the curvature (K-FAC: Martens and Grosse,
/// 2015, arXiv 1503.05671; for layers wider than 1000, SINGD: Lin et al., 2023, arXiv 2312.05705) and shortened so that it changes the predictions by a bounded amount; the learning rate warms up
/// and decays to zero along a cosine. Rows with missing features, label or weight are skipped. With a seed in the MLContext,
/// training on the CPU repeats bit for bit.
/// ]]></format>
/// </remarks>
public sealed class NeuralNetworkBinaryTrainer : NeuralNetworkTrainer
{
    internal NeuralNetworkBinaryTrainer(IHostEnvironment environment, Options options)
        : base(environment, options.ToSettings(NetworkTask.BinaryClassification))
    {
    }

    /// <summary>Options for <see cref="NeuralNetworkBinaryTrainer"/>.</summary>
    public sealed class Options : NeuralNetworkClassificationOptions;
}
