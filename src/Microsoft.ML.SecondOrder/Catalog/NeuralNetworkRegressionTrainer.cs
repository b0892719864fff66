using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Catalog;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder;

/// <summary>Trains a neural network that predicts a number.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// To create this trainer, use
/// [NeuralNetwork](xref:Microsoft.ML.NeuralNetworkCatalog.NeuralNetwork*) of `mlContext.Regression.Trainers`.
///
/// ### Input and output columns
/// | Column | Type | Meaning |
/// | -- | -- | -- |
/// | `Features` | known-size vector of Single | input |
/// | `Label` | Single, or a known-size vector of Single: several targets at once | input |
/// | example weight, optional | Single | input |
/// | `Score` | Single, or a vector as long as the label, with its slot names | the predicted numbers |
/// | `ScoreStandardDeviation`, `PredictionIntervalLower`, `PredictionIntervalUpper` | Single, with `PredictionInterval` | how sure they are |
///
/// Each target of a vector is scaled by itself; a row that lacks one of them is skipped.
/// `mlContext.SecondOrder().EvaluateMultiOutputRegression` evaluates, `CrossValidateMultiOutputRegression` cross-validates.
///
/// ### Trainer characteristics
/// | | |
/// | -- | -- |
/// | Machine learning task | Regression |
/// | Is normalization required? | No: columns are standardised and far values drawn in; indicators stay as they are |
/// | Is caching required? | No: the data is read once |
/// | Required NuGet in addition to Microsoft.ML | Microsoft.ML.SecondOrder, and one of TorchSharp-cpu, TorchSharp-cuda-windows, TorchSharp-cuda-linux to train |
/// | Exportable to ONNX | No |
///
/// ### Training algorithm
/// Mini-batches of a seeded shuffle; each step is preconditioned by an estimate of the curvature (K-FAC: Martens and Grosse,
/// 2015, arXiv 1503.05671; for layers wider than 1000, SINGD: Lin et al., 2023, arXiv 2312.05705) and shortened so that it changes the predictions by a bounded amount; the learning rate warms up
/// and decays to zero along a cosine. Rows with missing features, label or weight are skipped. With a seed in the MLContext,
/// training on the CPU repeats bit for bit.
/// ]]></format>
/// </remarks>
public sealed class NeuralNetworkRegressionTrainer : ITrainerEstimator<NeuralNetworkPredictionTransformer, FittedNetwork>
{
    private readonly NetworkEstimator _estimator;

    internal NeuralNetworkRegressionTrainer(IHostEnvironment environment, Options options) =>
        _estimator = new NetworkEstimator(environment, nameof(NeuralNetworkRegressionTrainer), Settings(options));

    private static TrainingSettings Settings(Options options) => options.PredictionInterval is { } level && !(level > 0 && level < 1)
        ? throw new ArgumentOutOfRangeException(
            nameof(Options.PredictionInterval), FormattableString.Invariant($"{nameof(Options.PredictionInterval)} must lie between 0 and 1, but is {level}."))
        : options.ToSettings(NetworkTask.Regression) with { RegressionLoss = options.Loss, Interval = options.PredictionInterval };

    /// <inheritdoc/>
    public TrainerInfo Info => _estimator.Info;

    /// <summary>Trains a network on <paramref name="input"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input) => _estimator.Fit(input);

    /// <summary>
    /// Trains a network on <paramref name="trainData"/>, measures it on <paramref name="validationData"/> after each epoch, and keeps
    /// the weights of the best one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView trainData, IDataView? validationData) => _estimator.Fit(trainData, validationData);

    /// <summary>Trains a network further, which keeps its scaling of features and label; the data may be other.</summary>
    /// <param name="trainData">With columns of the types that the network was trained on.</param>
    /// <param name="modelParameters">The <c>Model</c> of a trained or loaded transformer.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type, or the network is for other data.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView trainData, FittedNetwork? modelParameters) =>
        _estimator.Fit(trainData, initial: modelParameters);

    /// <summary>Both at once.</summary>
    /// <inheritdoc cref="Fit(IDataView, FittedNetwork?)"/>
    /// <param name="trainData">With columns of the types that the network was trained on.</param>
    /// <param name="validationData">Rows to measure with after each epoch.</param>
    /// <param name="modelParameters">The <c>Model</c> of a trained or loaded transformer.</param>
    public NeuralNetworkPredictionTransformer Fit(IDataView trainData, IDataView? validationData, FittedNetwork? modelParameters) =>
        _estimator.Fit(trainData, validationData, modelParameters);

    /// <summary>The columns of <paramref name="inputSchema"/> and those that the trained network will add.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _estimator.GetOutputSchema(inputSchema);

    /// <summary>Options for <see cref="NeuralNetworkRegressionTrainer"/>.</summary>
    public sealed class Options : NeuralNetworkTrainerOptions
    {
        /// <summary>What is minimised. Default <see cref="RegressionLoss.Huber"/>: absurd labels do no harm; choose <see cref="RegressionLoss.Squared"/> where sums of predictions matter.</summary>
        public RegressionLoss Loss = RegressionLoss.Huber;

        /// <summary>
        /// Share of labels that intervals around the score are to cover, in (0, 1), such as 0.9. Adds the columns <c>ScoreStandardDeviation</c>,
        /// <c>PredictionIntervalLower</c> and <c>PredictionIntervalUpper</c>. Takes one to five further trainings, on four fifths of the rows each, which
        /// say how wide intervals must be. Needs a multi-layer perceptron and a single number as label. Default null: none.
        /// </summary>
        public double? PredictionInterval;
    }
}
