using Microsoft.ML.SecondOrder.Curvature;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// The settings of a method that listens to dense and convolutional layers. Parameters of other kinds are left to the
/// optimizer's fallback.
/// </summary>
public abstract record LayerPreconditionerOptions : PreconditionerOptions
{
    private protected LayerPreconditionerOptions()
    {
    }

    /// <summary>How layers that act at several positions of a row are treated. Default <see cref="WeightSharing.Expand"/>.</summary>
    public WeightSharing Sharing { get; init; } = WeightSharing.Expand;

    /// <summary>
    /// The vectors that make up the curvature's output factors. Default <see cref="FisherKind.Empirical"/>, the gradients of
    /// the loss. The others need a call of <c>SecondOrderOptimizer.ObserveCurvature</c> between forward and backward pass.
    /// </summary>
    public FisherKind Fisher { get; init; } = FisherKind.Empirical;

    /// <summary>Targets drawn for each example with <see cref="FisherKind.Sampled"/>. Default 1; at least 1.</summary>
    public int FisherDraws { get; init; } = 1;

    /// <summary>Creates the preconditioner of one layer.</summary>
    internal abstract LayerPreconditioner Create(LayerShape shape);

    /// <summary>What is wrong with the settings that all methods share.</summary>
    private protected IEnumerable<string> CommonProblems()
    {
        if (!Enum.IsDefined(Sharing))
        {
            yield return $"{nameof(Sharing)} must be a value of {nameof(WeightSharing)}, but is {Sharing}.";
        }

        if (!Enum.IsDefined(Fisher))
        {
            yield return $"{nameof(Fisher)} must be a value of {nameof(FisherKind)}, but is {Fisher}.";
        }

        if (FisherDraws < 1)
        {
            yield return $"{nameof(FisherDraws)} must be at least 1, but is {FisherDraws}.";
        }
    }
}
