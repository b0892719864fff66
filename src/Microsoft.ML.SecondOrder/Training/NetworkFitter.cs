using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>From a data view to a trained network.</summary>
internal sealed class NetworkFitter(IHost host, TrainingSettings settings)
{
    private readonly LearningTask _task = LearningTask.Of(settings.Task, settings.RegressionLoss);

    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public FittedNetwork Fit(IDataView data)
    {
        settings.Columns.Check(SchemaShapes.Of(data.Schema), _task);
        var label = data.Schema[settings.Columns.Label];
        var featureType = settings.Columns.FeatureType(data.Schema);
        var shape = new NetworkShape(featureType.Size, _task.Outputs(label));
        TorchRuntime.Require();

        using var channel = host.Start("Training");
        var cancellation = new Cancellation(host, settings.CancellationToken);
        var rows = new RowReader(settings.Columns, _task, cancellation, channel).Read(data);
        var featureScaling = settings.RobustFeatures ? FeatureScaling.FitRobust(rows.Features) : FeatureScaling.Fit(rows.Features);
        var targetScalings = _task.Scalings(rows);
        Scale(rows, featureScaling, targetScalings.AsSpan());
        var plan = TrainingDefaults.Plan(settings, shape, rows.Count);

        var (weights, history, optimizer) = Train(plan, shape, rows, targetScalings, cancellation, channel);
        return new FittedNetwork(
            new FeatureInput(settings.Columns.Features, featureType, featureScaling),
            Label(label, targetScalings))
        {
            Task = settings.Task,
            Network = plan.Network,
            Shape = shape,
            Weights = weights,
            History = history,
            Summary = new TrainingSummary
            {
                Rows = rows.Count,
                SkippedRows = rows.Skipped,
                Epochs = plan.Epochs,
                Steps = plan.Steps,
                BatchSize = plan.BatchSize,
                LearningRate = plan.LearningRate,
                WeightDecay = plan.WeightDecay,
                TrainingLoss = history[^1].TrainingLoss,
                Optimizer = optimizer,
            },
        };
    }

    private LabelOutput Label(DataViewSchema.Column label, ImmutableArray<TargetScaling> scalings) => new(settings.Columns.Label, scalings)
    {
        Keys = settings.Task == NetworkTask.MulticlassClassification ? ClassKeys.Of(label) : null,
        VectorType = settings.Task == NetworkTask.Regression ? label.Type as VectorDataViewType : null,
        SlotNames = settings.Task == NetworkTask.Regression ? SlotNames.Of(label) : [],
    };

    private static void Scale(TrainingRows rows, FeatureScaling features, ReadOnlySpan<TargetScaling> targets)
    {
        for (var r = 0; r < rows.Count; r++)
        {
            features.Apply(rows.Features[r], rows.Features[r]);
            var label = rows.Label(r);
            for (var t = 0; t < label.Length; t++)
            {
                label[t] = targets[t].ToTarget(label[t]);
            }
        }
    }

    private (ImmutableArray<NamedWeights> Weights, IReadOnlyList<EpochMetrics> History, string Optimizer) Train(
        TrainingPlan plan, NetworkShape shape, TrainingRows rows, ImmutableArray<TargetScaling> targetScalings, Cancellation cancellation, IChannel channel)
    {
        using var scope = NewDisposeScope();
        using var threads = TorchThreads.Limit(plan.Threads);
        using var board = settings.TensorBoardFolder is { } folder ? new TensorBoardWriter(folder) : null;
        var device = TorchRuntime.ChooseDevice(HostSettings.GpuDeviceId(host), HostSettings.FallbackToCpu(host), channel);
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"Training {plan.Network} on {rows.Count} rows of {shape.Inputs} features: {plan.Epochs} epochs of {plan.Batches} batches of up to {plan.BatchSize} rows, on {device}"));

        using var network = plan.Network.Create(shape, host.Rand).to(device);
        using var optimizer = new SecondOrderOptimizer(network, [Group(plan)], TrainingDefaults.NormConstraint);
        optimizer.Seed = host.Rand.Next();
        using var batches = new Batches(plan, rows, _task, device, host.Rand);
        var history = new TrainingLoop(plan, _task, targetScalings, cancellation, (board is null ? null : board.Write) + settings.MetricsCallback)
            .Run(network, optimizer, batches, host, channel);
        return (Weights(network, shape, plan), history, optimizer.Summary());
    }

    private static LayerGroup Group(TrainingPlan plan) => new(plan.Optimizer)
    {
        LearningRate = plan.LearningRate,
        Momentum = TrainingDefaults.Momentum,
        WeightDecay = plan.WeightDecay,
        DecayBiases = false,
    };

    /// <summary>All parameters and buffers in the order in which models are saved.</summary>
    private static ImmutableArray<NamedWeights> Weights(nn.Module network, NetworkShape shape, TrainingPlan plan)
    {
        var byName = ModuleWeights.Read(network).ToDictionary(w => w.Name);
        if (byName.Values.FirstOrDefault(w => !w.Values.All(float.IsFinite)) is { } wrong)
        {
            throw TrainingLoop.Diverged(plan, $"'{wrong.Name}' is not finite after the last step");
        }

        return [.. plan.Network.ParameterShapes(shape).Select(p => byName[p.Name])];
    }
}
