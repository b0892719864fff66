namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// SOAP (Vyas et al., 2024, arXiv 2409.11321): Adam in the eigenbasis of Shampoo's matrices. The basis is renewed now and then
/// by one step of power iteration; Adam's means are turned with it. Keeps its own momentum; weight decay is decoupled from it.
/// </summary>
/// <remarks>
/// The first step only builds the basis and leaves the parameter where it is, but for weight decay. Parameters of one axis take
/// plain Adam. Axes of length 1 are left out. State is in single precision at least.
/// </remarks>
public sealed record SoapOptions : ParameterPreconditionerOptions
{
    /// <summary>β₁, the decay of the running mean of turned gradients. Default 0.95; in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.95;

    /// <summary>β₂, the decay of the running mean of their squares. Default 0.95; in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>The decay of Shampoo's matrices; null takes <see cref="Beta2"/>. In [0, 1).</summary>
    public double? FactorDecay { get; init; }

    /// <summary>ε, added to the root of the mean square. Unit: gradient. Default 1e-8; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The basis is renewed at every so many steps. Default 10; at least 1.</summary>
    public int BasisInterval { get; init; } = 10;

    /// <summary>The longest axis that is turned; longer ones stay as they are. Default 10000; at least 1.</summary>
    public int LargestFactor { get; init; } = 10_000;

    internal override ParameterPreconditioner Create(ParameterShape shape) => new SoapPreconditioner(this, shape);

    internal override IEnumerable<string> Problems() => Sentences(
        BelowOne(nameof(Beta1), Beta1),
        BelowOne(nameof(Beta2), Beta2),
        FactorDecay is { } decay ? BelowOne(nameof(FactorDecay), decay) : null,
        AboveZero(nameof(Epsilon), Epsilon),
        AtLeastOne(nameof(BasisInterval), BasisInterval),
        AtLeastOne(nameof(LargestFactor), LargestFactor));
}
