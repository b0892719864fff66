namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// AdamW without the root (RF-AdamW: Lin, Dangel, Eschenhagen, Bae, Turner and Makhzani, 2024, arXiv 2402.03496): the mean
/// square of the gradient, at the scale of the Fisher matrix, is its own preconditioner: direction m/(F·v + ε) for batches of
/// F examples. Keeps its own momentum; a group's weight decay is decoupled from it.
/// </summary>
/// <remarks>
/// The loss must be a mean over examples. Multiplying the loss by c divides the step by about c, so that learning rates do not
/// carry over from AdamW.
/// </remarks>
public sealed record RootFreeAdamWOptions : ParameterPreconditionerOptions
{
    /// <summary>β₁, the decay of the running mean of gradients. Default 0.9; in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, the decay of the running mean of squared gradients. Default 0.999; in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, the damping, added to F·v itself. Unit: curvature. Default 1e-4; above 0.</summary>
    public double Epsilon { get; init; } = 1e-4;

    /// <summary>F, over how many examples the loss is averaged. Default null: counted at each step, by a hook on the model's call.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether means are divided by the weight that they have gathered, the starting value of v included, as in the published code. Default false.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>Whether F·v begins at 0 instead of at 1, which makes the first steps large. Default false.</summary>
    public bool StartsAtZero { get; init; }

    internal override bool NeedsExamples => BatchSize is null;

    internal override ParameterPreconditioner Create(ParameterShape shape) => new AdaptivePreconditioner(
        new AdaptiveRule("RF-AdamW")
        {
            MeanDecay = Beta1, SquareDecay = Beta2, Epsilon = Epsilon, CorrectsStart = BiasCorrection, Start = StartsAtZero ? 0 : 1, BatchSize = BatchSize,
        },
        shape);

    internal override IEnumerable<string> Problems() => Sentences(
        BelowOne(nameof(Beta1), Beta1), BelowOne(nameof(Beta2), Beta2), AboveZero(nameof(Epsilon), Epsilon), AtLeastOne(nameof(BatchSize), BatchSize));
}
