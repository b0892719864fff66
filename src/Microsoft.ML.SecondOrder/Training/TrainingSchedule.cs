using System.Globalization;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// A factor that changes in the course of a training, for <c>Options.LearningRateSchedule</c> and <c>Options.DampingSchedule</c>.
/// It follows the progress p from 0 to 1: the share of the steps or of <c>Options.MaximumTrainingTime</c>, whichever is further.
/// </summary>
public abstract record TrainingSchedule
{
    private protected TrainingSchedule()
    {
    }

    /// <summary>Share of the training over which the factor rises from 0.</summary>
    public double WarmUp { get; private protected init; }

    /// <summary>The factor at the end.</summary>
    public double Final { get; private protected init; }

    /// <summary>final + (1 − final) · ½ (1 + cos πp): falls slowly, fast, and slowly again.</summary>
    /// <param name="final">The factor at the end, 0 to 1. Default 0.</param>
    /// <param name="warmUp">Share of the training over which the factor rises from 0, 0 to below 1. Default 0.05.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static TrainingSchedule Cosine(double final = 0, double warmUp = 0.05) => Checked(new CosineSchedule { Final = final, WarmUp = warmUp }, 1);

    /// <summary>1 + (final − 1) · p.</summary>
    /// <param name="final">The factor at the end, at least 0. Default 0.</param>
    /// <param name="warmUp">Share of the training over which the factor rises from 0, 0 to below 1. Default 0.05.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static TrainingSchedule Linear(double final = 0, double warmUp = 0.05) => Checked(new LinearSchedule { Final = final, WarmUp = warmUp });

    /// <summary>finalᵖ: the same ratio from each step to the next.</summary>
    /// <param name="final">The factor at the end, above 0.</param>
    /// <param name="warmUp">Share of the training over which the factor rises from 0, 0 to below 1. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static TrainingSchedule Exponential(double final, double warmUp = 0) => final > 0
        ? Checked(new ExponentialSchedule { Final = final, WarmUp = warmUp })
        : throw new ArgumentOutOfRangeException(nameof(final), final, "The factor at the end must be above 0.");

    /// <summary>The same factor all along.</summary>
    /// <param name="warmUp">Share of the training over which the factor rises from 0, 0 to below 1. Default 0.</param>
    /// <param name="factor">At least 0. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static TrainingSchedule Constant(double warmUp = 0, double factor = 1) => Checked(new ConstantSchedule { Final = factor, WarmUp = warmUp });

    /// <summary>The factor for a step.</summary>
    /// <param name="progress">p before the step.</param>
    /// <param name="next">p after it.</param>
    internal double At(double progress, double next) => Math.Min(1, WarmUp > 0 ? next / WarmUp : 1) * Shape(progress);

    private protected abstract double Shape(double progress);

    private static TrainingSchedule Checked(TrainingSchedule schedule, double largest = double.MaxValue)
    {
        if (!(schedule.Final >= 0 && schedule.Final <= largest))
        {
            throw new ArgumentOutOfRangeException(
                "final", schedule.Final, largest == 1 ? "The factor at the end must lie between 0 and 1." : "The factor at the end must be a number of at least 0.");
        }

        return schedule.WarmUp >= 0 && schedule.WarmUp < 1
            ? schedule
            : throw new ArgumentOutOfRangeException(
                "warmUp", schedule.WarmUp, string.Create(CultureInfo.InvariantCulture, $"The share of the warm-up must lie in [0, 1), but is {schedule.WarmUp}."));
    }

    private sealed record CosineSchedule : TrainingSchedule
    {
        private protected override double Shape(double progress) => Final + (1 - Final) * 0.5 * (1 + Math.Cos(Math.PI * progress));
    }

    private sealed record LinearSchedule : TrainingSchedule
    {
        private protected override double Shape(double progress) => 1 + (Final - 1) * progress;
    }

    private sealed record ExponentialSchedule : TrainingSchedule
    {
        private protected override double Shape(double progress) => Math.Pow(Final, progress);
    }

    private sealed record ConstantSchedule : TrainingSchedule
    {
        private protected override double Shape(double progress) => Final;
    }
}
