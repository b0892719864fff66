using TorchSharp;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Shampoo (Gupta, Koren and Singer, 2018, arXiv 1802.09568) with grafting and blocks as in its distributed versions (Anil et al.,
/// 2020, arXiv 2002.09018; Shi et al., 2023, arXiv 2309.06497): one matrix L for each of the k axes of a parameter, the sum or
/// running mean of the gradient's contractions over all other axes; direction V ×₁ L₁^(−1/2k) … ×_k L_k^(−1/2k).
/// </summary>
/// <remarks>
/// Axes of length 1 are left out, small neighbouring ones are merged, long ones are cut into blocks that are treated as
/// parameters of their own, except for the grafted length. Roots are computed by eigenvalues in single precision at least.
/// Momentum and weight decay are the group's.
/// </remarks>
public sealed record ShampooOptions : ParameterPreconditionerOptions
{
    /// <summary>β, how much of the running mean a step keeps; null sums instead, as the first paper does. Default 0.95; in [0, 1).</summary>
    public double? FactorDecay { get; init; } = 0.95;

    /// <summary>ε, added to L before the root. Unit: squared gradient. Default 1e-8; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The exponent e of L⁻ᵉ; null takes 1/2k for k axes. Default null; above 0.</summary>
    public double? Exponent { get; init; }

    /// <summary>Whose length the direction is given. Default <see cref="Preconditioners.Grafting.Adam"/>.</summary>
    public Grafting Grafting { get; init; } = Grafting.Adam;

    /// <summary>The decay of the mean square that grafting keeps. Default 0.999; in [0, 1).</summary>
    public double GraftingDecay { get; init; } = 0.999;

    /// <summary>What grafting adds to the root of the mean square. Unit: gradient. Default 1e-8; above 0.</summary>
    public double GraftingEpsilon { get; init; } = 1e-8;

    /// <summary>Roots are renewed at every so many steps, the first included. Default 10; at least 1.</summary>
    public int UpdateInterval { get; init; } = 10;

    /// <summary>Steps at the beginning whose direction is the grafted method's own, while the means gather. Default 0; at least 0.</summary>
    public int GraftingSteps { get; init; }

    /// <summary>The longest axis that is not cut into blocks. Default 2048; at least 1.</summary>
    public int LargestFactor { get; init; } = 2048;

    /// <summary>Neighbouring axes are merged where their product is at most this, as those of a convolution's kernel. Default 64; at least 1.</summary>
    public int LargestMergedAxis { get; init; } = 64;

    /// <summary>The type of L and its roots; null takes the parameter's.</summary>
    public torch.ScalarType? FactorType { get; init; }

    internal override ParameterPreconditioner Create(ParameterShape shape) => new ShampooPreconditioner(this, shape);

    internal override IEnumerable<string> Problems() => Sentences(
        FactorDecay is { } decay ? BelowOne(nameof(FactorDecay), decay) : null,
        AboveZero(nameof(Epsilon), Epsilon),
        Exponent is { } exponent ? AboveZero(nameof(Exponent), exponent) : null,
        Enum.IsDefined(Grafting) ? null : $"{nameof(Grafting)} must be a value of {nameof(Preconditioners.Grafting)}, but is {Grafting}.",
        BelowOne(nameof(GraftingDecay), GraftingDecay),
        AboveZero(nameof(GraftingEpsilon), GraftingEpsilon),
        AtLeastOne(nameof(UpdateInterval), UpdateInterval),
        AtLeastZero(nameof(GraftingSteps), GraftingSteps),
        GraftingSteps > 0 && Grafting == Grafting.None ? $"{nameof(GraftingSteps)} must be 0 where {nameof(Grafting)} is {nameof(Grafting.None)}, but is {GraftingSteps}." : null,
        AtLeastOne(nameof(LargestFactor), LargestFactor),
        AtLeastOne(nameof(LargestMergedAxis), LargestMergedAxis));
}
