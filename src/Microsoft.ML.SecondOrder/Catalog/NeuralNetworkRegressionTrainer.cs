using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Training;

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
/// | `Features` | known-size vector of Single; or keys, images and several columns, by the network (`Options.Network`) | input |
/// | `Label` | Single, or a known-size vector of Single: several targets at once | input |
/// | example weight, optional | Single | input |
/// | `Score` | Single, or a vector as long as the label, with its slot names | the predicted numbers |
/// | `ScoreStandardDeviation`, `PredictionIntervalLower`, `PredictionIntervalUpper` | Single, with `PredictionInterval` | how sure they are |
/// | `NoiseStandardDeviation`, `ModelStandardDeviation` | Single, with `SeparatesNoise` | the two parts of the deviation |
/// | `OutOfDistributionScore` | Single, with the option of this name | how far the row is from those of the training |
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
/// | Exportable to ONNX | Yes, by `mlContext.SecondOrder().ConvertToOnnx` |
///
/// ### Training algorithm
/// Mini-batches of a seeded shuffle; each step is preconditioned by an estimate of the curvature (K-FAC: Martens and Grosse,
/// 2015, arXiv 1503.05671; for layers wider than 1000, SINGD: Lin et al., 2023, arXiv 2312.05705) and shortened so that it changes the predictions by a bounded amount; the learning rate warms up
/// and decays to zero along a cosine. Rows with missing features, label or weight are skipped. With a seed in the MLContext,
/// training on the CPU repeats bit for bit.
/// ]]></format>
/// </remarks>
public sealed class NeuralNetworkRegressionTrainer : NeuralNetworkTrainer
{
    internal NeuralNetworkRegressionTrainer(IHostEnvironment environment, Options options)
        : base(environment, options.ToSettings(NetworkTask.Regression))
    {
    }

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

        /// <summary>
        /// Whether the standard deviation also comes in its two parts, whose squares add up to its own: <c>NoiseStandardDeviation</c>, what labels vary around a
        /// network that knew all, and <c>ModelStandardDeviation</c>, what more rows would make smaller. Needs <see cref="PredictionInterval"/>. Default false.
        /// </summary>
        public bool SeparatesNoise;

        private protected override IEnumerable<(string Option, string Sentence)> Problems()
        {
            foreach (var problem in base.Problems())
            {
                yield return problem;
            }

            if (PredictionInterval is { } level && !(level > 0 && level < 1))
            {
                yield return (nameof(PredictionInterval), FormattableString.Invariant($"{nameof(PredictionInterval)} must lie between 0 and 1, but is {level}."));
            }

            if (SeparatesNoise && PredictionInterval is null)
            {
                yield return (nameof(SeparatesNoise), $"{nameof(SeparatesNoise)} needs {nameof(PredictionInterval)}, but that is null.");
            }
        }

        internal override TrainingSettings ToSettings(NetworkTask task) => base.ToSettings(task) with
        {
            RegressionLoss = Loss,
            Interval = PredictionInterval,
            SeparatesNoise = SeparatesNoise,
        };
    }
}
