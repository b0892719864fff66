using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder;

/// <summary>What the trainers for two and for several classes have in common, beside <see cref="NeuralNetworkTrainerOptions"/>.</summary>
public abstract class NeuralNetworkClassificationOptions : NeuralNetworkTrainerOptions
{
    private protected NeuralNetworkClassificationOptions()
    {
    }

    /// <summary>How much the rows of each class count, beside their example weights. Default null: all alike.</summary>
    public ClassWeights? ClassWeights;

    /// <summary>
    /// How probabilities are made to come true as often as they say. Default null: by one temperature of the outputs, from the rows to validate
    /// with; without such, and for multi-layer perceptrons on 25 to 20 000 rows without <see cref="NeuralNetworkTrainerOptions.MaximumTrainingTime"/>,
    /// from one more training on four fifths of the rows, which takes about as long again, below 200 rows two to five; those that choose the weight decay, where there are
    /// such. A fit that begins with another model keeps that one's temperature.
    /// </summary>
    public ProbabilityCalibration? Calibration;

    /// <summary>
    /// How probabilities take account of the weights' uncertainty. Default <see cref="ClassPredictive.PlugIn"/>: not at all, which with the temperature
    /// was measured to come true best. The others make rows unlike those of the training less sure, are too timid without <see cref="Calibration"/>, and need a
    /// multi-layer perceptron; their scores take longer, cannot be exported as ONNX, and have no <c>FeatureContributions</c>.
    /// </summary>
    public ClassPredictive Predictive = ClassPredictive.PlugIn;

    /// <summary>
    /// Which weights' uncertainty <see cref="Predictive"/> takes account of. Default <see cref="UncertainLayers.Last"/>; with all layers probabilities are more
    /// timid, and scoring propagates a gradient for each class. <see cref="NeuralNetworkTrainerOptions.OutOfDistributionScore"/> is always of all.
    /// </summary>
    public UncertainLayers UncertainLayers = UncertainLayers.Last;

    internal override TrainingSettings ToSettings(NetworkTask task) => base.ToSettings(task) with
    {
        ClassWeights = ClassWeights,
        Calibration = Calibration,
        Predictive = Predictive,
        UncertainLayers = UncertainLayers,
    };

    private protected override IEnumerable<(string Option, string Sentence)> Problems() => base.Problems().Concat(Choices());

    private IEnumerable<(string Option, string Sentence)> Choices()
    {
        if (Calibration is { } calibration && !Enum.IsDefined(calibration))
        {
            yield return (nameof(Calibration), $"{nameof(Calibration)} must be a value of its type, or null, but is {calibration}.");
        }

        if (!Enum.IsDefined(Predictive) || !Enum.IsDefined(UncertainLayers))
        {
            yield return (nameof(Predictive), $"{nameof(Predictive)} and {nameof(UncertainLayers)} must be values of their types, but are {Predictive} and {UncertainLayers}.");
        }
    }
}
