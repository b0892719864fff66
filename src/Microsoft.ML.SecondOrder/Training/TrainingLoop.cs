using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Passes over the rows until the plan is done, and says after each how it went.</summary>
internal sealed class TrainingLoop(
    TrainingPlan plan, LearningTask task, ImmutableArray<TargetScaling> targetScalings, Cancellation cancellation, Action<EpochMetrics>? callback)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Trains <paramref name="network"/> in place and returns the metrics of all epochs.</summary>
    /// <exception cref="InvalidOperationException">The loss is no longer a finite number.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public IReadOnlyList<EpochMetrics> Run(
        nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Batches batches, IHost host, IChannel channel)
    {
        using var progress = host.StartProgressChannel("Training");
        EpochMetrics? metrics = null;
        progress.SetHeader(new ProgressHeader(["Training loss"], ["epochs"]), entry =>
        {
            entry.SetProgress(0, metrics?.Epoch ?? 0, plan.Epochs);
            entry.SetMetric(0, metrics?.TrainingLoss ?? double.NaN);
        });

        network.train();
        var history = new List<EpochMetrics>();
        for (var epoch = 1; epoch <= plan.Epochs; epoch++)
        {
            metrics = RunEpoch(epoch, network, optimizer, batches);
            history.Add(metrics);
            progress.Checkpoint(metrics.TrainingLoss, metrics.Epoch);
            channel.Info(MessageSensitivity.None, Line(metrics));
            callback?.Invoke(metrics);
        }

        return history;
    }

    private EpochMetrics RunEpoch(int epoch, nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Batches batches)
    {
        var start = _clock.Elapsed;
        batches.Shuffle();
        double lossSum = 0, figureSum = 0, rate = 0;
        for (var b = 0; b < plan.Batches; b++)
        {
            cancellation.ThrowIfRequested();
            var step = (long)(epoch - 1) * plan.Batches + b;
            rate = plan.LearningRate * plan.Schedule(step);
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = rate;
            }

            var (loss, figure, rows) = Step(network, optimizer, batches, b);
            RequireFinite(loss, epoch, b);
            lossSum += loss * rows;
            figureSum += figure;
        }

        var metrics = new EpochMetrics
        {
            Epoch = epoch,
            MaximumNumberOfEpochs = plan.Epochs,
            TrainingLoss = lossSum / plan.Rows,
            LearningRate = rate,
            Steps = (long)epoch * plan.Batches,
            DampingFactor = optimizer.DampingFactor,
            Layers = [.. optimizer.Layers.Select(Figures)],
            Elapsed = _clock.Elapsed,
            TimeLeft = _clock.Elapsed / epoch * (plan.Epochs - epoch),
            RowsPerSecond = plan.Rows / (_clock.Elapsed - start).TotalSeconds,
        };
        return task.Report(metrics, figureSum / plan.Rows);
    }

    private static LayerMetrics Figures(OptimizedLayer layer)
    {
        var curvature = layer.Preconditioner.MeanCurvature();
        return new LayerMetrics(layer.Name, layer.Preconditioner.EffectiveDamping, curvature?.Inputs, curvature?.Outputs);
    }

    private (double Loss, double Figure, int Rows) Step(
        nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Batches batches, int batch)
    {
        using var scope = NewDisposeScope();
        var (inputs, targets, weights, rows) = batches.Fill(batch);
        optimizer.zero_grad();
        var outputs = network.call(inputs); // [B, O]
        var loss = task.Likelihood.Loss(outputs, targets, weights);
        var value = loss.ToSingle();
        var figure = Figure(outputs, batches.TargetValues, rows);
        if (float.IsFinite(value))
        {
            Step(optimizer, loss, outputs, targets, weights, () => task.Likelihood.Loss(network.call(inputs), targets, weights));
        }

        return (value, figure, rows);
    }

    private void Step(SecondOrderOptimizer optimizer, Tensor loss, Tensor outputs, Tensor targets, Tensor? weights, Func<Tensor> again)
    {
        try
        {
            optimizer.ObserveCurvature(outputs, task.Likelihood, targets, weights);
            loss.backward();
            optimizer.step();
            if (optimizer.NeedsSecondPass)
            {
                optimizer.ObserveSecondPass(again());
            }
        }
        catch (NumericalException failure)
        {
            throw Diverged(plan, char.ToLowerInvariant(failure.Message[0]) + failure.Message[1..].TrimEnd('.'), failure);
        }
    }

    private double Figure(Tensor outputs, ReadOnlySpan<float> targets, int rows)
    {
        using var onCpu = outputs.detach().cpu();
        var values = MemoryMarshal.Cast<byte, float>(onCpu.bytes);
        var width = values.Length / rows;
        var numbers = targetScalings.Length;
        var sum = 0.0;
        for (var i = 0; i < rows; i++)
        {
            sum += task.Figure(values.Slice(i * width, width), targets.Slice(i * numbers, numbers), targetScalings.AsSpan());
        }

        return sum;
    }

    private void RequireFinite(double loss, int epoch, int batch)
    {
        if (!double.IsFinite(loss))
        {
            throw Diverged(plan, FormattableString.Invariant(
                $"the loss of batch {batch + 1} of {plan.Batches} in epoch {epoch} of {plan.Epochs} is {loss}"));
        }
    }

    /// <summary>The error for numbers that are no longer finite, with the settings to change.</summary>
    public static InvalidOperationException Diverged(TrainingPlan plan, string how, Exception? inner = null) => new(FormattableString.Invariant(
        $"The training diverged: {how}. Lower Options.WeightDecay (now {plan.WeightDecay}) or Options.LearningRate (now {plan.LearningRate}), or raise the damping of Options.Optimizer (now {plan.Optimizer})."), inner);

    private static string Line(EpochMetrics m)
    {
        var figure = m.Accuracy is { } accuracy
            ? FormattableString.Invariant($"accuracy {accuracy:F4}")
            : FormattableString.Invariant($"root mean squared error {m.RootMeanSquaredError:G5}");
        return FormattableString.Invariant($"Epoch {m.Epoch}/{m.MaximumNumberOfEpochs}: training loss {m.TrainingLoss:F5}, {figure}");
    }
}
