using System.Globalization;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Structured inverse-free, root-free Shampoo (SIRFShampoo: Lin, Dangel, Eschenhagen, Bae, Turner and Makhzani, 2024,
/// arXiv 2402.03496, figure 3): one structured factor K for each axis of a parameter, whose K Kᵀ together track the inverse of
/// the empirical Fisher matrix without an inverse, root or decomposition, so that the factors may be of low precision.
/// </summary>
/// <remarks>
/// The loss must be a mean over examples. Axes of length 1 are left out. A group's momentum and weight decay are the published
/// α₁ and κ.
/// </remarks>
public sealed record SirfShampooOptions : ParameterPreconditionerOptions
{
    /// <summary>The pattern of the factors. Default dense.</summary>
    public MatrixPattern Pattern { get; init; } = MatrixPattern.Dense;

    /// <summary>Patterns for parameters of certain numbers of axes, axes of length 1 not counted: one pattern an axis. Others take <see cref="Pattern"/>. Default none.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<MatrixPattern>> PatternsByAxes { get; init; } = new Dictionary<int, IReadOnlyList<MatrixPattern>>();

    /// <summary>The longest axis that gets its pattern; longer ones, as of embeddings, get a diagonal. Default 4096; at least 1.</summary>
    public int LargestFactor { get; init; } = 4096;

    /// <summary>λ, the damping inside the factors' update. Unit: curvature. Default 1e-3; at least 0.</summary>
    public double Damping { get; init; } = 1e-3;

    /// <summary>β₂, the step size of the factors; may be a schedule. Default 1e-2; must be above 0.</summary>
    public Schedule FactorRate { get; init; } = 1e-2;

    /// <summary>α₂, the decay of the running mean of the factors' steps. Default 0.5; in [0, 1).</summary>
    public double FactorMomentum { get; init; } = 0.5;

    /// <summary>When factors are updated. Default at every step.</summary>
    public UpdateSchedule Updates { get; init; } = 1;

    /// <summary>B, over how many examples the loss is averaged. Default null: counted at each step, by a hook on the model's call.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether a dense layer's weight and bias are treated as one matrix [W b]. Default false.</summary>
    public bool JoinBiases { get; init; }

    /// <summary>The type of the factors: bfloat16, float32 or float64; null takes the parameter's.</summary>
    public torch.ScalarType? FactorType { get; init; }

    internal override bool JoinsBiases => JoinBiases;

    internal override bool NeedsExamples => BatchSize is null;

    internal override ParameterPreconditioner Create(ParameterShape shape) => new SirfShampooPreconditioner("SIRFShampoo", this, shape);

    internal override IEnumerable<string> Problems()
    {
        if (Pattern is null || PatternsByAxes is null || FactorRate is null || Updates is null)
        {
            return [$"{nameof(Pattern)}, {nameof(PatternsByAxes)}, {nameof(FactorRate)} and {nameof(Updates)} must not be null."];
        }

        return Sentences(
            PatternsByAxes.FirstOrDefault(p => p.Value is null || p.Value.Count != p.Key || p.Value.Contains(null!)) is { Key: > 0 } wrong
                ? string.Create(CultureInfo.InvariantCulture, $"{nameof(PatternsByAxes)} must have {wrong.Key} patterns for parameters of {wrong.Key} axes, but has {wrong.Value?.Count ?? 0}.")
                : null,
            AtLeastOne(nameof(LargestFactor), LargestFactor),
            AtLeastZero(nameof(Damping), Damping),
            AboveZero(nameof(FactorRate), FactorRate.At(0)),
            BelowOne(nameof(FactorMomentum), FactorMomentum),
            AtLeastOne(nameof(BatchSize), BatchSize),
            FactorType is null or torch.ScalarType.BFloat16 or torch.ScalarType.Float32 or torch.ScalarType.Float64
                ? null : $"{nameof(FactorType)} must be BFloat16, Float32 or Float64, but is {FactorType}.");
    }
}
