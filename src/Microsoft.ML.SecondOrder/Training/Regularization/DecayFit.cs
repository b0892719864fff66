using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Chooses the rates of weight decay for a training to come: trains one network on four fifths of the rows, whose decay follows what the other rows
/// say; of few rows several, and takes the mean of their rates. The training to come decays by the same rates at the same time, not by one of them: strong decay early and weak decay late is not the same as their mean.
/// </summary>
/// <param name="plan">Of the training to come.</param>
/// <param name="shape">Of its network.</param>
/// <param name="task">What the outputs mean.</param>
/// <param name="data">The rows.</param>
/// <param name="settings">What the user asks for.</param>
/// <param name="cancellation">Asked at each step.</param>
/// <param name="channel">Told what happens.</param>
/// <param name="device">Of the networks.</param>
internal sealed class DecayFit(
    TrainingPlan plan, NetworkShape shape, LearningTask task, TrainingData data, TrainingSettings settings, Cancellation cancellation, IChannel channel, Device device)
{
    /// <summary>Time of a training without a fifth of the rows, as part of one with all.</summary>
    private const double Part = 4.0 / 5;

    /// <summary>Prepares the network: given weights, frozen parameters.</summary>
    public required Action<nn.Module> Start { get; init; }

    /// <param name="seed">Of the training.</param>
    /// <returns>The plan with the rates, and the temperature of classes where that is wanted and no rows to validate with will tell it.</returns>
    public (TrainingPlan Plan, double? Temperature) Run(long seed)
    {
        var clock = new TrainingClock();
        var usual = TrainingDefaults.WeightDecay(plan.Rows, plan.Network);
        var choices = new List<DecayChoice>();
        var trainings = OutOfFold.Trainings(TemperatureFit.Enough, data.Rows.Count);
        var first = plan with { Regularization = Regularization.WeightDecay(usual), MaximumTime = plan.MaximumTime * (Part / (trainings * Part + 1)) };
        var folds = new OutOfFold(first, shape, task, data, settings, cancellation, channel, device)
        {
            Start = Start,
            Watch = (fold, optimizer) =>
            {
                choices.Add(new DecayChoice(fold, optimizer, task, device, seed, 1.0 / trainings));
                return choices[^1].Before;
            },
        };
        if (folds.Rows < TemperatureFit.FewestRows)
        {
            channel.Warning(MessageSensitivity.None, FormattableString.Invariant(
                $"Weight decay is that of the rule of thumb, {usual:G3}: {TemperatureFit.FewestRows} rows are needed to choose it, but there are {folds.Rows}."));
            return (plan with { Regularization = Regularization.WeightDecay(usual) }, null);
        }

        var calibrates = data.Validation is null && TrainingDefaults.Calibrates(settings, plan, hasValidation: false);
        var temperature = new TemperatureFit(task, settings.Predictive, PosteriorFit.OfPredictive(settings, task, device), data, folds, channel, device);
        try
        {
            var rows = folds.Run(TemperatureFit.Enough, "Choosing weight decay", seed, fold => calibrates ? temperature.Unseen(fold) : []);
            var schedule = choices.Count == 0 ? new DecaySchedule(usual, []) : DecaySchedule.Average([.. choices.Select(c => c.Schedule.Times((double)c.Rows / plan.Rows))]);
            channel.Info(MessageSensitivity.None, FormattableString.Invariant(
                $"Weight decay, chosen by rows that were not learned from: {schedule.Mean:G3} on average, {schedule.At(1):G3} at the end; by the rule of thumb {usual:G3}"));
            var left = plan.MaximumTime - clock.Elapsed;
            var chosen = plan with
            {
                Regularization = Regularization.WeightDecay(schedule.Mean),
                Decay = schedule,
                MaximumTime = left > TimeSpan.Zero || left is null ? left : TimeSpan.FromMilliseconds(1),
            };
            return (chosen, rows.Count > 0 ? temperature.Suiting(rows) : null);
        }
        finally
        {
            choices.ForEach(c => c.Dispose());
        }
    }
}
