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
    public PriorPrecision Best(long seed)
    {
        var (shared, decay) = (LogEvidence(PriorPrecision.Shared, seed), LogEvidence(PriorPrecision.Curvature, seed));
        var best = shared > decay + Lead * plan.Rows ? PriorPrecision.Shared : PriorPrecision.Curvature;
        channel.Info(MessageSensitivity.None, FormattableString.Invariant(
            $"Prior {best}: log evidence {shared:F1} with one precision and {decay:F1} with a decay, after {StepShare:P0} of the steps each"));
        return best;
    }

    /// <summary>At the last look; a training too short for one says nothing for either.</summary>
    private double LogEvidence(PriorPrecision prior, long seed)
    {
        using var scope = NewDisposeScope();
        var half = plan with
        {
            MaximumSteps = Math.Max(1, (long)(StepShare * plan.Steps)),
            Regularization = (MarginalLikelihoodRegularization)plan.Regularization with { Prior = prior },
        };
        using var training = new SideTraining(half, shape, device, seed, Start);
        return training.Run(task, data, settings, cancellation, channel).State.History[^1].LogEvidence ?? 0;
    }
}
