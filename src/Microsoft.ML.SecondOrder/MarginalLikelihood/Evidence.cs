using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// The Laplace approximation of the logarithm of the marginal likelihood p(targets | hyper-parameters), and its parts
/// (Immer et al., 2021, arXiv 2104.04975, equation 6): with h = 1/(σ²T), the curvature K and the prior precisions Δ,
/// log p(D | θ) − ½ [ log det(hK + Δ) − log det Δ + θᵀΔθ ].
/// </summary>
/// <remarks>Comparable only between models of the same rows and the same likelihood. It ranks widths and depths badly.</remarks>
public sealed record Evidence
{
    /// <summary>The logarithm of the evidence, in nats.</summary>
    public required double LogMarginalLikelihood { get; init; }

    /// <summary>log p(D | θ) of all rows.</summary>
    public required double LogLikelihood { get; init; }

    /// <summary>log det(hK + Δ).</summary>
    public required double LogDeterminantPosterior { get; init; }

    /// <summary>log det Δ.</summary>
    public required double LogDeterminantPrior { get; init; }

    /// <summary>θᵀΔθ.</summary>
    public required double Scatter { get; init; }

    /// <summary>Derivative of the evidence in log σ: SSE/(σ²T) − NC + Σ γ for Gaussian noise, with θᵀΔθ for Σ γ where the prior is <see cref="PriorPrecision.Curvature"/>; 0 for classes.</summary>
    public required double LogNoiseGradient { get; init; }

    /// <summary>The hyper-parameters that it belongs to.</summary>
    public required HyperParameters HyperParameters { get; init; }

    /// <summary>The groups of weights that share a precision.</summary>
    public required ImmutableArray<PrecisionGroup> Groups { get; init; }

    /// <summary>Σ γ: how many parameters the data determines.</summary>
    public double EffectiveParameters => Groups.Sum(g => g.EffectiveParameters);

    /// <summary>
    /// What −½ (log det + scatter) adds to the derivative in log σ: Σ γ, but the scatter where the prior is as sharp as the curvature and so keeps its share of it whatever
    /// the noise.
    /// </summary>
    internal double DrawnByNoise { get; init; }

    /// <summary>A line for the whole and one for each group; of very many groups, the first.</summary>
    public override string ToString()
    {
        const int Shown = 20;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"log evidence {LogMarginalLikelihood:F3}, effective parameters {EffectiveParameters:F1} of {Groups.Sum(g => g.Parameters)}, noise {HyperParameters.Noise:G4}");
        foreach (var group in Groups.Take(Shown))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {group.Name}: precision {group.Precision:G4}, effective parameters {group.EffectiveParameters:F1} of {group.Parameters}");
        }

        if (Groups.Length > Shown)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {Groups.Length - Shown} more");
        }

        return text.ToString();
    }
}
