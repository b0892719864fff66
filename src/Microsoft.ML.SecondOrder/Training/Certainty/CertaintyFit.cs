using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Finds out how far the predictions of a trained network can be trusted, as far as was asked for.</summary>
internal sealed class CertaintyFit(
    TrainingPlan plan, NetworkShape shape, LearningTask task, TrainingData data, TrainingSettings settings, Cancellation cancellation, IChannel channel, Device device)
{
    /// <summary>Prepares the networks of further trainings: given weights, frozen parameters.</summary>
    public required Action<nn.Module> Start { get; init; }

    /// <summary>The temperature, where an earlier training without some of the rows told it.</summary>
    public double? Temperature { get; init; }

    /// <param name="network">With the weights to keep.</param>
    /// <param name="outcome">Of its training.</param>
    /// <param name="initial">The network that it began with, whose temperature it keeps where no rows tell another; null for none.</param>
    public Certainty Run(nn.Module<Tensor, Tensor> network, TrainingOutcome outcome, FittedNetwork? initial)
    {
        var steps = plan.MaximumTime is null ? plan.MaximumSteps : Math.Max(1, outcome.State.Step);
        var folds = new OutOfFold(plan with { MaximumSteps = steps, MaximumTime = null }, shape, task, data, settings, cancellation, channel, device) { Start = Start };
        var (whole, predictive) = (new PosteriorFit(task, device, lastLayerOnly: false), PosteriorFit.OfPredictive(settings, task, device));
        var found = outcome.State.HyperParameters;
        using var ofPredictive = settings.Predictive == ClassPredictive.PlugIn ? null : predictive.Of(network, plan, data.Rows, found);
        var temperature = Calibrated(network, ofPredictive, predictive, folds, outcome, initial);
        if (settings.Interval is null && !settings.OutOfDistributionScore)
        {
            return new Certainty(temperature, ofPredictive is null ? null : Uncertainty(ofPredictive, predictive, folds, outcome.State.Seed));
        }

        using var posterior = whole.Of(network, plan, data.Rows, found);
        return new Certainty(temperature, Uncertainty(posterior, whole, folds, outcome.State.Seed));
    }

    private Uncertainty Uncertainty(LaplacePosterior posterior, PosteriorFit posteriors, OutOfFold folds, long seed) => new(PosteriorFit.Layers(posterior))
    {
        Interval = settings.Interval is { } level
            ? new IntervalScale(level, posterior.HyperParameters.Noise, new IntervalFit(posteriors, folds, channel).Scale(level, seed), settings.SeparatesNoise)
            : null,
        Predictive = settings.Predictive,
        PredictiveLayers = settings.UncertainLayers,
        UsualVariance = settings.OutOfDistributionScore ? posteriors.UsualVariance(posterior, plan, data.Rows) : null,
    };

    /// <summary>A network that goes on from another would have seen the rows left out: it keeps the temperature that there was.</summary>
    private double Calibrated(
        nn.Module<Tensor, Tensor> network, LaplacePosterior? posterior, PosteriorFit posteriors, OutOfFold folds, TrainingOutcome outcome, FittedNetwork? initial)
    {
        if (!TrainingDefaults.Calibrates(settings, plan, data.Validation is not null))
        {
            return 1;
        }

        return data.Validation is null && (initial is not null || outcome.Stop == TrainingStop.Cancelled)
            ? initial?.Temperature ?? 1
            : Temperature ?? new TemperatureFit(task, settings.Predictive, posteriors, data, folds, channel, device).Run(network, posterior, outcome.State.Seed);
    }
}

/// <summary>How far a trained network's predictions can be trusted.</summary>
/// <param name="Temperature">What outputs are divided by; 1 for nothing.</param>
/// <param name="Uncertainty">Of the weights; null where nobody asked.</param>
internal sealed record Certainty(double Temperature, Uncertainty? Uncertainty);
