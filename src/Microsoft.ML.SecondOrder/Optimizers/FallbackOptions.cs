namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2017, arXiv 1711.05101) for the parameters that no layer rule covers, such as those of
/// normalisation layers. Its learning rate follows the schedule of the first parameter group.
/// </summary>
public sealed record FallbackOptions
{
    /// <summary>Step size. Default 1e-3.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of the running mean of gradients. Default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients. Default 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square. Default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;
}
