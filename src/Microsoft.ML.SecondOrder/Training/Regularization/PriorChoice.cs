using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Chooses between the priors of classes for a training to come: trains one network with one precision and one with a decay, for half of the steps each, and takes the prior
/// of higher evidence. For given weights the evidence does not tell: they suit the prior that they were trained with.
/// </summary>
/// <param name="plan">Of the training to come.</param>
/// <param name="shape">Of its network.</param>
/// <param name="task">What the outputs mean.</param>
/// <param name="data">The rows.</param>
/// <param name="settings">What the user asks for.</param>
/// <param name="cancellation">Asked at each step.</param>
/// <param name="channel">Told what happens.</param>
/// <param name="device">Of the networks.</param>
internal sealed class PriorChoice(
    TrainingPlan plan, NetworkShape shape, LearningTask task, TrainingData data, TrainingSettings settings, Cancellation cancellation, IChannel channel, Device device)
{
    private const double StepShare = 0.5;

    /// <summary>Nats a row that one precision has to be ahead. Classes that are clear are learned better with decay, and there it is ahead by up to half of that.</summary>
    private const double Lead = 0.1;

    /// <summary>Prepares the networks: given weights, frozen parameters.</summary>
    public required Action<nn.Module> Start { get; init; }

    /// <param name="seed">Of the trainings.</param>
    /// <returns>The plan with the better prior.</returns>
    public TrainingPlan Run(long seed)
    {
        var (ofShared, ofDecay) = (With(PriorPrecision.Shared), With(PriorPrecision.Curvature));
        var (shared, decay) = (LogEvidence(ofShared, seed), LogEvidence(ofDecay, seed));
        var isShared = shared > decay + Lead * plan.Rows;
        channel.Info(MessageSensitivity.None, FormattableString.Invariant(
            $"Regularised by {(isShared ? "one precision" : "a decay")}: log evidence {shared:F1} with one precision and {decay:F1} with a decay, after {StepShare:P0} of the steps each"));
        return isShared ? ofShared : ofDecay;
    }

    /// <summary>The decay is at most that of the rule of thumb: where classes are clear the evidence, which counts too many parameters, asks for up to four times as much.</summary>
    private TrainingPlan With(PriorPrecision prior) => plan with
    {
        Regularization = (MarginalLikelihoodRegularization)plan.Regularization with { Prior = prior },
        MostDecay = TrainingDefaults.WeightDecay(plan.Rows),
    };

    /// <summary>At the last look; a training too short for one says nothing for either.</summary>
    private double LogEvidence(TrainingPlan candidate, long seed)
    {
        using var scope = NewDisposeScope();
        var half = candidate with { MaximumSteps = Math.Max(1, (long)(StepShare * plan.Steps)) };
        using var training = new SideTraining(half, shape, device, seed, Start);
        return training.Run(task, data, settings, cancellation, channel).State.History[^1].LogEvidence ?? 0;
    }
}
