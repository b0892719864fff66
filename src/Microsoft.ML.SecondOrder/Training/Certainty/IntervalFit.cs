using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Finds out how wide intervals around numbers must be: one scale such that they cover their share of rows that networks trained in the same way, on
/// the other four fifths of the data, had not seen.
/// </summary>
internal sealed class IntervalFit(PosteriorFit posteriors, OutOfFold folds, IChannel channel)
{
    /// <summary>Rows that were not seen: so many make the scale certain to a few per cent, and further folds are left out.</summary>
    private const int EnoughRows = 400;

    /// <summary>With fewer rows there is nothing to be learned from a fifth of them.</summary>
    private const int FewestRows = 25;

    /// <param name="level">Share of the labels to be covered.</param>
    /// <param name="seed">Of the folds' trainings.</param>
    public double Scale(double level, long seed)
    {
        if (folds.Rows < FewestRows)
        {
            channel.Warning(MessageSensitivity.None, $"Prediction intervals rest on {folds.Rows} rows; their width is not checked on others.");
            return 1;
        }

        var ratios = folds.Run(EnoughRows, "Checking prediction intervals", seed, Ratios);
        if (ratios.Count == 0)
        {
            return 1;
        }

        ratios.Sort();
        var rank = Math.Min(ratios.Count - 1, (int)Math.Ceiling((ratios.Count + 1) * level) - 1);
        return Math.Max(1e-3, ratios[rank] / NormalDistribution.Quantile(0.5 + 0.5 * level));
    }

    /// <summary>|error| / √(σ² + variance) of the rows that a network has not seen.</summary>
    private IEnumerable<double> Ratios(FoldNetwork fold)
    {
        using var posterior = posteriors.Of(fold.Network, fold.Plan, fold.Learned, fold.Found);
        var noise = posterior.HyperParameters.Noise;
        return [.. fold.Unseen.Portions.SelectMany(p =>
        {
            using var inner = NewDisposeScope();
            var (mean, variance) = posterior.Predict(p.Inputs);
            var deviation = variance.to(float64).Plus(noise * noise).sqrt();
            return p.Targets.Minus(mean).to(float64).abs().div(deviation).cpu().data<double>().ToArray();
        })];
    }
}
