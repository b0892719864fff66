namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The columns beside the score that tell how sure it is.</summary>
/// <param name="Interval">Share of the labels that intervals are to cover; null for no intervals.</param>
/// <param name="SeparatesNoise">Whether noise and model have deviations of their own.</param>
/// <param name="OutOfDistribution">Whether rows far from those of the training are told.</param>
internal sealed record CertaintyColumns(double? Interval, bool SeparatesNoise, bool OutOfDistribution)
{
    public static CertaintyColumns None { get; } = new(null, false, false);

    public static CertaintyColumns Of(Uncertainty? uncertainty) => uncertainty is null ? None
        : new(uncertainty.Interval?.Level, uncertainty.Interval?.SeparatesNoise ?? false, uncertainty.UsualVariance is not null);

    public static CertaintyColumns Of(TrainingSettings settings) => new(settings.Interval, settings.SeparatesNoise, settings.OutOfDistributionScore);
}
