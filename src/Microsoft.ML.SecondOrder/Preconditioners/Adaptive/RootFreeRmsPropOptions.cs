namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// RMSProp without the root (RF-RMSProp: Lin, Dangel, Eschenhagen, Bae, Turner and Makhzani, 2024, arXiv 2402.03496): direction
/// g/(F·s + ε) with the running mean s of the squared gradient, for batches of F examples. Momentum and weight decay are the
/// group's: decay is added to the direction and goes through the momentum.
/// </summary>
/// <remarks>
/// The loss must be a mean over examples. Multiplying the loss by c divides the step by about c, so that learning rates do not
/// carry over from RMSProp.
/// </remarks>
public sealed record RootFreeRmsPropOptions : ParameterPreconditionerOptions
{
    /// <summary>α, the decay of the running mean of squared gradients. Default 0.999; in [0, 1).</summary>
    public double Alpha { get; init; } = 0.999;

    /// <summary>ε, the damping, added to F·s itself. Unit: curvature. Default 1e-4; above 0.</summary>
    public double Epsilon { get; init; } = 1e-4;

    /// <summary>F, over how many examples the loss is averaged. Default null: counted at each step, by a hook on the model's call.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether F·s begins at 0 instead of at 1, which makes the first steps large. Default false.</summary>
    public bool StartsAtZero { get; init; }

    internal override bool NeedsExamples => BatchSize is null;

    internal override ParameterPreconditioner Create(ParameterShape shape) => new AdaptivePreconditioner(
        new AdaptiveRule("RF-RMSProp") { SquareDecay = Alpha, Epsilon = Epsilon, Start = StartsAtZero ? 0 : 1, BatchSize = BatchSize }, shape);

    internal override IEnumerable<string> Problems() => Sentences(
        BelowOne(nameof(Alpha), Alpha), AboveZero(nameof(Epsilon), Epsilon), AtLeastOne(nameof(BatchSize), BatchSize));
}
