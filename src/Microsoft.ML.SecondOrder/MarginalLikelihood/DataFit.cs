using Microsoft.ML.SecondOrder.Likelihoods;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>How well a network fits all targets.</summary>
/// <param name="Likelihood">What the outputs mean.</param>
/// <param name="Loss">Σ w·c over the rows.</param>
/// <param name="Targets">N·C, the numbers that were predicted, weights counted.</param>
/// <param name="Temperature">T.</param>
internal sealed record DataFit(Likelihood Likelihood, double Loss, double Targets, double Temperature)
{
    /// <summary>h = 1/(σ²T), what the summed curvature is multiplied by.</summary>
    public double Precision(double noise) => 1 / (noise * noise * Temperature);

    /// <summary>−h·L − NC·log Z(1/σ²).</summary>
    public double LogLikelihood(double noise) => -Precision(noise) * Loss - Targets * Likelihood.LogNormalizer(1 / (noise * noise));

    /// <summary>d/d log σ of the evidence, with γ the effective parameters of all groups; 0 where the noise has no size.</summary>
    public double NoiseGradient(double noise, double effective) =>
        Likelihood.HasNoise ? 2 * Precision(noise) * Loss - Explained(noise) + effective : 0;

    /// <summary>σ² ← 2L/(T·(NC − γ)), the fixed point for Gaussian noise; at least a tenth of the targets count as free.</summary>
    public double NextNoise(double noise, double effective) =>
        Math.Sqrt(2 * Loss / (Temperature * Math.Max(Explained(noise) - effective, 0.1 * Targets)));

    /// <summary>NC for Gaussian noise, what the loss 2hL is on average; less where large errors cost less.</summary>
    private double Explained(double noise)
    {
        var precision = 1 / (noise * noise);
        return 2 * Targets * precision * Likelihood.ExpectedLoss(precision);
    }
}
