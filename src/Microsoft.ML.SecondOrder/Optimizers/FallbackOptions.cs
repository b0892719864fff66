namespace Microsoft.ML.SecondOrder.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2017, arXiv 1711.05101) for the parameters that no layer rule covers, such as those of
/// normalisation layers. Its learning rate follows the schedule of the first parameter group.
/// </summary>
public sealed record FallbackOptions
{
    /// <summary>Step size. Default 1e-3; at least 0.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of the running mean of gradients. Default 0.9; in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients. Default 0.999; in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square. Default 1e-8; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    internal IEnumerable<string> Problems()
    {
        if (!(LearningRate >= 0) || double.IsInfinity(LearningRate))
        {
            yield return $"The fallback's {nameof(LearningRate)} must be at least 0 and finite, but is {LearningRate}.";
        }

        if (!(Beta1 >= 0 && Beta1 < 1))
        {
            yield return $"The fallback's {nameof(Beta1)} must lie in [0, 1), but is {Beta1}.";
        }

        if (!(Beta2 >= 0 && Beta2 < 1))
        {
            yield return $"The fallback's {nameof(Beta2)} must lie in [0, 1), but is {Beta2}.";
        }

        if (!(Epsilon > 0) || double.IsInfinity(Epsilon))
        {
            yield return $"The fallback's {nameof(Epsilon)} must be above 0 and finite, but is {Epsilon}.";
        }
    }
}
