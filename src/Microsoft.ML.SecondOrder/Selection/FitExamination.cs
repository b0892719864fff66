using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>What the training rows alone say of a trained network.</summary>
/// <param name="LogEvidence">With Kronecker-factored curvature.</param>
/// <param name="EffectiveParameters">By the exact curvature where rows were left out, else by Kronecker factors.</param>
/// <param name="LeaveOneOut">Losses of the rows as if left out one by one; null where that was not to be or could not be had.</param>
/// <param name="Obstacle">Why it could not be had; null where it could.</param>
internal sealed record FitExamination(double? LogEvidence, double? EffectiveParameters, LossRows? LeaveOneOut, string? Obstacle)
{
    private const int MostRows = 20_000;
    private const int PortionRows = 512;

    /// <summary>Rows times outputs for which more threads would mostly wait for each other.</summary>
    private const long OneThread = 1024;

    /// <summary>Share of the memory that a matrix of rows by rows may take with its factor.</summary>
    private const double MemoryShare = 0.5;

    /// <summary>The precision of a bias that was not decayed, relative to that of the weights.</summary>
    private const double BiasShare = 1e-3;

    /// <param name="host">For memory limits and log.</param>
    /// <param name="network">As its trainer returned it.</param>
    /// <param name="data">The rows that it was trained on, as it reads them.</param>
    /// <param name="loss">Of a row left out.</param>
    /// <param name="leavesOut">Whether rows are to be left out.</param>
    /// <param name="cancellation">Asked while rows are read.</param>
    /// <param name="channel">Told what happens.</param>
    public static FitExamination Run(IHost host, FittedNetwork network, IDataView data, RowLoss loss, bool leavesOut, Cancellation cancellation, IChannel channel)
    {
        var origin = network.Origin!;
        var task = LearningTask.Of(network.Task, origin.Loss);
        var reader = new RowReader(origin.Columns, task, keepsIncomplete: network.Features.Scaling.Missing is not null, cancellation, channel);
        var sample = reader.Read(data, MostRows, new Random(1));
        var obstacle = origin.IsPartial ? "some of its parameters were not trained" : TooLarge(sample, network.Shape.Outputs);
        using var scope = NewDisposeScope();
        using var threads = TorchThreads.Limit(sample.Count * network.Shape.Outputs <= OneThread ? 1 : null);
        var device = TorchRuntime.ChooseDevice(HostSettings.GpuDeviceId(host), HostSettings.FallbackToCpu(host), channel);
        using var module = network.Network.Create(network.Shape, new Random(0)).to(device);
        ModuleWeights.Load(module, network.Weights);
        module.eval();
        var labels = sample.Rows.Labels.ToArray();
        var classes = origin.Classes?.Factors(network.Shape.Outputs, labels, sample.Rows.Weights) ?? [];
        var rows = new RowScaling(network.Features.Scaling, network.Label.Scalings, [.. classes]).Apply(sample.Rows);
        var batches = Portions(rows, task, device).ToList();
        try
        {
            var dampings = network.History[^1].Layers.ToDictionary(l => l.Name, l => l.Damping ?? 1);
            using var posterior = LaplacePosterior.Fit(module, batches, task.Likelihood, sample.Count, damping: layer => dampings.GetValueOrDefault(layer, 1));
            var (shrinkage, evidence) = Assume(posterior, network.Origin!, dampings, sample.Count);
            if (!leavesOut || obstacle is not null)
            {
                return new FitExamination(evidence.LogMarginalLikelihood, evidence.EffectiveParameters, null, leavesOut ? obstacle : null);
            }

            using var left = posterior.LeaveOneOut(batches, shrinkage);
            return new FitExamination(
                evidence.LogMarginalLikelihood, left.EffectiveParameters, Losses(network, left.OutputsWithout, labels, rows.Weights, loss), null);
        }
        catch (Exception failure) when (failure is NumericalException or ArgumentException)
        {
            return new FitExamination(null, null, null, failure.Message);
        }
    }

    private static string? TooLarge(RowSample sample, int outputs)
    {
        var (bytes, memory) = (LaplacePosterior.LeaveOneOutBytes(sample.Count, outputs), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return !sample.IsAll || bytes > MemoryShare * memory
            ? $"leaving each of {sample.Count} rows with {outputs} outputs out takes {bytes >> 20} MiB, and {memory >> 20} MiB are there; use folds"
            : null;
    }

    /// <summary>Sets the prior that the network was trained with.</summary>
    /// <returns>The share of the curvature that is part of the prior, and the evidence.</returns>
    private static (double Shrinkage, Evidence Evidence) Assume(LaplacePosterior posterior, TrainingOrigin origin, Dictionary<string, double> dampings, double rows)
    {
        if (origin.HyperParameters is { Prior: not PriorPrecision.Curvature } found)
        {
            posterior.HyperParameters = found;
            var own = posterior.Evidence();

            // What the trainer let the prior pull, at most by the damping of a layer's steps.
            posterior.HyperParameters = posterior.Bounded(layer => rows * dampings.GetValueOrDefault(layer, 1) / (found.Noise * found.Noise));
            return (0, own);
        }

        // Decay beside a preconditioned step (F + λ)⁻¹g comes to rest where the gradient is −γ(F + λ)θ: a prior of Nγλ/σ² and γ times the curvature.
        var rate = origin.HyperParameters?.Precisions[0] ?? (origin.Regularization as WeightDecayRegularization)?.Rate ?? 0;
        var evidence = rate > 0 && dampings.Count > 0 ? posterior.AssumeDecay(rate) : posterior.Tune(PriorPrecision.PerLayer);
        var decay = Math.Max(1e-9, rate);
        double Precision(string tensor)
        {
            var layer = tensor[..Math.Max(0, tensor.LastIndexOf('.'))];
            return rows * decay * dampings.GetValueOrDefault(layer, 1) * (tensor.EndsWith("bias", StringComparison.Ordinal) ? BiasShare : 1);
        }

        posterior.HyperParameters = new HyperParameters(PriorPrecision.PerTensor, [.. posterior.Model(PriorPrecision.PerTensor).Layout.Names.Select(Precision)]);
        return (decay, evidence);
    }

    private static IEnumerable<(Tensor Inputs, Tensor Targets, Tensor? Weights)> Portions(TrainingRows rows, LearningTask task, Device device)
    {
        var mean = rows.Weights.Length > 0 ? rows.Weights.Average() : 1;
        for (var start = 0; start < rows.Count; start += PortionRows)
        {
            var count = Math.Min(PortionRows, rows.Count - start);
            var inputs = new float[count * rows.Features.Width];
            var targets = task.NewTargets(count, rows.Targets);
            var bytes = targets.bytes;
            for (var r = 0; r < count; r++)
            {
                rows.Features[start + r].CopyTo(inputs.AsSpan(r * rows.Features.Width));
                task.WriteTargets(bytes, r, rows.Label(start + r));
            }

            Tensor? weights = rows.Weights.Length > 0 ? tensor(rows.Weights.Skip(start).Take(count).Select(w => w / mean).ToArray(), device: device) : null;
            yield return (tensor(inputs, new long[] { count, rows.Features.Width }, device: device), targets.to(device), weights);
        }
    }

    /// <remarks>
    /// Numbers are held within the range of the labels: a row that stands alone would, left out with its prior kept as it is, be guessed anywhere.
    /// </remarks>
    private static LossRows Losses(FittedNetwork network, Tensor without, float[] labels, float[] weights, RowLoss loss)
    {
        using var scope = NewDisposeScope();
        var probabilities = network.Task switch
        {
            NetworkTask.Regression => without,
            NetworkTask.BinaryClassification => without.Over(network.Temperature).sigmoid(),
            _ => without.Over(network.Temperature).softmax(-1),
        };
        var (all, outputs) = (probabilities.cpu().contiguous().data<double>().ToArray(), network.Shape.Outputs);
        var (rows, targets) = (all.Length / outputs, labels.Length / (all.Length / outputs));
        var losses = new LossRows();
        var scores = new float[outputs];
        var ranges = Enumerable.Range(0, targets).Select(t => (Least: labels.Where((_, i) => i % targets == t).Min(), Most: labels.Where((_, i) => i % targets == t).Max())).ToArray();
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < outputs; c++)
            {
                var value = all[r * outputs + c];
                scores[c] = network.Task == NetworkTask.Regression
                    ? (float)Math.Clamp(network.Label.Scalings[c].Offset + network.Label.Scalings[c].Scale * value, ranges[c].Least, ranges[c].Most)
                    : (float)value;
            }

            losses.Add(loss.Of(scores, labels.AsSpan(r * targets, targets)), weights.Length > 0 ? weights[r] : 1);
        }

        return losses;
    }
}
