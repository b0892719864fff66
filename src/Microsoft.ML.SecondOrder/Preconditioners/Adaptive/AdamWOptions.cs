namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2017, arXiv 1711.05101): direction m̂/(√v̂ + ε) of the bias-corrected running means m of
/// the gradient and v of its square. Keeps its own momentum; a group's weight decay is decoupled from it.
/// </summary>
/// <remarks>The rooted twin of <see cref="RootFreeAdamWOptions"/>, and the default for parameters that a layer's method does not cover.</remarks>
public sealed record AdamWOptions : ParameterPreconditionerOptions
{
    /// <summary>β₁, the decay of the running mean of gradients. Default 0.9; in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, the decay of the running mean of squared gradients. Default 0.999; in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root of the mean square. Unit: gradient. Default 1e-8; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    internal override ParameterPreconditioner Create(ParameterShape shape) => new AdaptivePreconditioner(
        new AdaptiveRule("AdamW") { MeanDecay = Beta1, SquareDecay = Beta2, Epsilon = Epsilon, HasRoot = true, CorrectsStart = true }, shape);

    internal override IEnumerable<string> Problems() => Sentences(
        BelowOne(nameof(Beta1), Beta1), BelowOne(nameof(Beta2), Beta2), AboveZero(nameof(Epsilon), Epsilon));
}
