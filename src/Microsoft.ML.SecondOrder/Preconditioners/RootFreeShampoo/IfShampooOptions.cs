using TorchSharp;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// Inverse-free Shampoo as in the experiments of its paper (IF-Shampoo: Lin et al., 2024, arXiv 2402.03496): dense
/// <see cref="SirfShampooOptions"/> with other defaults, updates that become rarer as training goes on, and a quarter of the
/// factors' step size for parameters whose name contains "norm", "proj" or "bias".
/// </summary>
public sealed record IfShampooOptions : ParameterPreconditionerOptions
{
    private const double CautiousPart = 0.25;

    /// <summary>λ, the damping inside the factors' update. Unit: curvature. Default 1e-4; at least 0.</summary>
    public double Damping { get; init; } = 1e-4;

    /// <summary>β₂, the step size of the factors. Default 5e-2; above 0.</summary>
    public double FactorRate { get; init; } = 5e-2;

    /// <summary>α₂, the decay of the running mean of the factors' steps. Default 0.5; in [0, 1).</summary>
    public double FactorMomentum { get; init; } = 0.5;

    /// <summary>T, the longest interval between updates; see <see cref="UpdateSchedule.GrowingTo"/>. Default 10; at least 1.</summary>
    public int UpdateInterval { get; init; } = 10;

    /// <summary>B, over how many examples the loss is averaged. Default null: counted at each step, by a hook on the model's call.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The longest axis that gets a dense factor; longer ones get a diagonal. Default 4096; at least 1.</summary>
    public int LargestFactor { get; init; } = 4096;

    /// <summary>The type of the factors: bfloat16, float32 or float64; null takes the parameter's.</summary>
    public torch.ScalarType? FactorType { get; init; }

    internal override bool NeedsExamples => BatchSize is null;

    internal override ParameterPreconditioner Create(ParameterShape shape)
    {
        var isCautious = new[] { "norm", "proj", "bias" }.Any(part => shape.Name.Contains(part, StringComparison.Ordinal));
        return new SirfShampooPreconditioner("IF-Shampoo", Core(isCautious ? CautiousPart * FactorRate : FactorRate), shape);
    }

    internal override IEnumerable<string> Problems() => AtLeastOne(nameof(UpdateInterval), UpdateInterval) is { } problem
        ? [problem]
        : Core(FactorRate).Problems();

    private SirfShampooOptions Core(double rate) => new()
    {
        Damping = Damping, FactorRate = rate, FactorMomentum = FactorMomentum, Updates = UpdateSchedule.GrowingTo(UpdateInterval),
        BatchSize = BatchSize, LargestFactor = LargestFactor, FactorType = FactorType,
    };
}
