using System.Collections.Immutable;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Finds out how sure the numbers of a trained network are: the posterior of all its weights, and one scale such that intervals cover their share of
/// rows that networks trained in the same way, on the other four fifths of the data, had not seen.
/// </summary>
internal sealed class IntervalFit(
    TrainingPlan plan, NetworkShape shape, LearningTask task, TrainingData data, TrainingSettings settings, Cancellation cancellation, IChannel channel, Device device)
{
    private const int MostRows = 20_000;
    private const int Folds = 5;

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
        using (var rows = new RowsInHand(plan, data.Rows, task, device, MostRows))
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
        var all = Copies();
        if (all.Count < FewestRows)
        {
            channel.Warning(MessageSensitivity.None, $"Prediction intervals rest on {all.Count} rows; their width is not checked on others.");
            return 1;
        }

        var ratios = new List<double>();
        var folds = Math.Clamp((int)Math.Ceiling((double)EnoughRows * Folds / all.Count), 1, Folds);
        for (var fold = 0; fold < folds; fold++)
        {
            channel.Info(MessageSensitivity.None, $"Checking prediction intervals: training {fold + 1} of {folds} without a fifth of the rows");
            ratios.AddRange(Ratios(all, fold, SeedSequence.At(seed, fold, 7)));
        }

        ratios.Sort();
        var rank = Math.Min(ratios.Count - 1, (int)Math.Ceiling((ratios.Count + 1) * level) - 1);
        return Math.Max(1e-3, ratios[rank] / NormalDistribution.Quantile(0.5 + 0.5 * level));
    }

    /// <summary>|error| / √(σ² + variance) of the rows of one fold, by a network that was trained on the others.</summary>
    private List<double> Ratios(TrainingRows all, int fold, ulong seed)
    {
        using var scope = NewDisposeScope();
        int[] order = [.. Enumerable.Range(0, all.Count)];
        var held = all.Of([.. order.Where(r => r % Folds == fold)]);
        var kept = all.Of([.. order.Where(r => r % Folds != fold)]);
        var part = plan with { Rows = kept.Count, Batches = (kept.Count + plan.BatchSize - 1) / plan.BatchSize, MaximumTime = null };
        using var network = plan.Network.Create(shape, new Random(unchecked((int)seed))).to(device);
        using var optimizer = new SecondOrderOptimizer(network, [part.Group], TrainingDefaults.NormConstraint) { Seed = unchecked((long)seed) };
        using var source = new MemoryRows(kept, unchecked((long)seed));
        var quiet = settings with { MetricsCallback = null, Checkpoints = null, Tuner = null, OnCancellation = CancellationBehavior.Throw };
        var loop = new TrainingLoop(part, shape, task, data with { Rows = source, Validation = null }, quiet, cancellation, new TrainingClock(), channel) { IsQuiet = true };
        var outcome = loop.Run(network, optimizer, device, new LoopState { Seed = unchecked((long)seed), OptimizerSeed = unchecked((long)seed) }, []);

        using var rows = new RowsInHand(part, source, task, device, MostRows);
        using var posterior = Posterior(network, rows, part.Rows, outcome.State.HyperParameters);
        using var others = new MemoryRows(held, 0);
        using var unseen = new RowsInHand(part with { Rows = held.Count }, others, task, device, MostRows);
        var noise = posterior.HyperParameters.Noise;
        return [.. unseen.Portions.SelectMany(p =>
        {
            using var inner = NewDisposeScope();
            var (mean, variance) = posterior.Predict(p.Inputs);
            var deviation = variance.to(float64).Plus(noise * noise).sqrt();
            return p.Targets.Minus(mean).to(float64).abs().div(deviation).cpu().data<double>().ToArray();
        })];
    }

    /// <summary>Rows in memory, in the random order of epoch 1.</summary>
    private TrainingRows Copies()
    {
        var (source, count) = (data.Rows, Math.Min(data.Rows.Count, MostRows));
        var features = new FloatRows(source.Inputs);
        var (labels, weights) = (new float[count * source.Targets], source.HasWeights ? new float[count] : []);
        source.Begin(1);
        for (var r = 0; r < count; r++)
        {
            var weight = source.Next(features.Add(), labels.AsSpan(r * source.Targets, source.Targets));
            if (weights.Length > 0)
            {
                weights[r] = weight;
            }
        }

        return new TrainingRows(features, labels, weights);
    }
}
