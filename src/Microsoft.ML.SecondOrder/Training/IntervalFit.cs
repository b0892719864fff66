using System.Collections.Immutable;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Finds out how sure the numbers of a trained network are: the posterior of all its weights, and one scale such that intervals cover their share of
/// rows that networks trained in the same way, on the other four fifths of the data, had not seen.
/// </summary>
internal sealed class IntervalFit(TrainingPlan plan, LearningTask task, TrainingData data, OutOfFold folds, IChannel channel, Device device)
{
    /// <summary>Rows that were not seen: so many make the scale certain to a few per cent, and further folds are left out.</summary>
    private const int EnoughRows = 400;

    /// <summary>With fewer rows there is nothing to be learned from a fifth of them.</summary>
    private const int FewestRows = 25;

    /// <param name="network">With the weights to keep.</param>
    /// <param name="found">By the evidence; null where it did not regularise.</param>
    /// <param name="level">Share of the labels to be covered.</param>
    /// <param name="seed">Of the folds' trainings.</param>
    public Uncertainty Run(nn.Module<Tensor, Tensor> network, HyperParameters? found, double level, long seed)
    {
        using var scope = NewDisposeScope();
        var layers = ImmutableArray.CreateBuilder<LayerUncertainty>();
        double noise;
        using (var rows = new RowsInHand(plan, data.Rows, task, device, OutOfFold.MostRows))
        using (var posterior = Posterior(network, rows, plan.Rows, found))
        {
            noise = posterior.HyperParameters.Noise;
            layers.AddRange(posterior.Posterior().Select(b => (b.Block, Numbers: b.Numbers()))
                .Select(b => new LayerUncertainty(b.Block.Inputs, b.Block.Outputs, b.Numbers.Left, b.Numbers.Right, b.Numbers.Variances)));
        }

        return new Uncertainty(level, noise, Scale(level, seed), layers.DrainToImmutable());
    }

    private LaplacePosterior Posterior(nn.Module<Tensor, Tensor> network, RowsInHand rows, int count, HyperParameters? found)
    {
        var posterior = LaplacePosterior.Fit(network, rows.Portions, task.Likelihood, count);
        if (found is null)
        {
            posterior.Tune(PriorPrecision.PerLayer);
        }
        else
        {
            posterior.HyperParameters = found;
        }

        return posterior;
    }

    private double Scale(double level, long seed)
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
        using var rows = new RowsInHand(fold.Plan, fold.Learned, task, device, OutOfFold.MostRows);
        using var posterior = Posterior(fold.Network, rows, fold.Plan.Rows, fold.Found);
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
