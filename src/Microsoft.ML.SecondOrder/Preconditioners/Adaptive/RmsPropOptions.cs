namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// RMSProp (Tieleman and Hinton, 2012, lecture 6.5 of "Neural Networks for Machine Learning"): direction g/(√s + ε) with the
/// running mean s of the squared gradient. Momentum and weight decay are the group's. The rooted twin of <see cref="RootFreeRmsPropOptions"/>.
/// </summary>
public sealed record RmsPropOptions : ParameterPreconditionerOptions
{
    /// <summary>α, the decay of the running mean of squared gradients. Default 0.99; in [0, 1).</summary>
    public double Alpha { get; init; } = 0.99;

    /// <summary>ε, added to the root of the mean square. Unit: gradient. Default 1e-8; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    internal override ParameterPreconditioner Create(ParameterShape shape) => new AdaptivePreconditioner(
        new AdaptiveRule("RMSProp") { SquareDecay = Alpha, Epsilon = Epsilon, HasRoot = true }, shape);

    internal override IEnumerable<string> Problems() => Sentences(
        BelowOne(nameof(Alpha), Alpha), AboveZero(nameof(Epsilon), Epsilon));
}
