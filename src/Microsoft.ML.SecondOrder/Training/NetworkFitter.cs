using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>From a data view to a trained network.</summary>
internal sealed class NetworkFitter(IHost host, TrainingSettings settings)
{
    private readonly LearningTask _task = LearningTask.Of(settings.Task, settings.RegressionLoss);
    private readonly TrainingClock _clock = new();

    /// <param name="data">The rows to learn from.</param>
    /// <param name="validation">Rows to measure with; null for those of the settings, if any.</param>
    /// <param name="initial">A network to begin with; null for random weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type, or the initial network does not fit.</exception>
    /// <exception cref="InvalidOperationException">There are no rows to learn from, libtorch is missing, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public FittedNetwork Fit(IDataView data, IDataView? validation, FittedNetwork? initial)
    {
        settings.Columns.Check(SchemaShapes.Of(data.Schema), _task);
        var label = data.Schema[settings.Columns.Label];
        var columns = settings.Columns.Features.Of(data.Schema);
        initial?.RequireFit(settings, columns, _task.Outputs(label), label);
        if (initial is not null && settings.InitialWeights is not null)
        {
            throw new ArgumentOutOfRangeException(
                "InitialWeights", "A fit with modelParameters begins with the weights of that network: pass them without Options.InitialWeights.");
        }

        var given = settings.InitialWeights?.Read() ?? [];
        TorchRuntime.Require();

        using var channel = host.Start("Training");
        var cancellation = new Cancellation(host, settings.CancellationToken);
        settings.Checkpoints?.Store.Prepare();
        var saved = settings.Checkpoints?.Store.Load();
        _clock.GoOnFrom(saved?.Loop.Elapsed ?? TimeSpan.Zero);
        var seed = saved?.Loop.Seed ?? host.Rand.Next();
        validation ??= settings.ValidationSet;
        using var rows = new DataPreparation(settings, _task, initial, seed, cancellation, channel).Prepare(data, validation);
        var shape = Shape(columns, rows.Scaling.Features, _task.Outputs(label));
        var plan = TrainingDefaults.Plan(settings with { ValidationSet = validation }, initial?.Network, shape, rows.Rows.Count);
        plan = settings.Changes?.Invoke(plan) ?? plan;

        RequireCertainty(plan, label);

        var fingerprint = settings.Checkpoints is null ? "" : Fingerprints.Of(settings, HostSettings.Seed(host), plan, rows, data.Schema, initial, given);
        var start = saved ?? new TrainingState(
            fingerprint, new LoopState { Seed = seed, OptimizerSeed = host.Rand.Next() }, initial?.Weights ?? [], [], []);
        if (saved is not null)
        {
            Fingerprints.RequireEqual(saved.Fingerprint, fingerprint, settings.Checkpoints!.Store.Place);
            channel.Info(MessageSensitivity.None, $"Going on from {settings.Checkpoints.Store.Place} at epoch {saved.Loop.Epoch}, step {saved.Loop.Step}");
        }

        var (trained, outcome, optimizer, certainty) = Train(plan, shape, rows, start, given, initial, cancellation, channel);
        settings.Checkpoints?.Store.Clear();
        return new FittedNetwork(
            new FeatureInput(columns, rows.Scaling.Features), Label(label, rows))
        {
            Task = settings.Task,
            Network = plan.Network,
            Shape = shape,
            Weights = InOrder(outcome.Weights, plan.Network, shape),
            History = outcome.State.History,
            Temperature = certainty.Temperature,
            Uncertainty = certainty.Uncertainty,
            InputRelevances = InputRelevance.Of(outcome.State.HyperParameters, columns, data.Schema, rows.Scaling.Features),
            Summary = Summary(trained, rows, outcome, optimizer),
            Origin = new TrainingOrigin(settings.Columns, settings.RegressionLoss, settings.ClassWeights, trained.Regularization, !settings.FrozenParameters.IsEmpty, outcome.State.HyperParameters),
        };
    }

    /// <summary>All parameters and buffers in the order in which models are saved.</summary>
    private static ImmutableArray<NamedWeights> InOrder(ImmutableArray<NamedWeights> weights, Network network, NetworkShape shape)
    {
        var byName = weights.ToDictionary(w => w.Name);
        return [.. network.ParameterShapes(shape).Select(p => byName[p.Name])];
    }

    /// <summary>The columns, and after them the inputs that say what is missing.</summary>
    private static NetworkShape Shape(ImmutableArray<FeatureColumn> columns, FeatureScaling scaling, int outputs)
    {
        var indicators = scaling.Inputs - scaling.Features;
        return new NetworkShape(scaling.Inputs, outputs)
        {
            Segments = [.. columns.Select(c => c.Segment), .. indicators > 0 ? [InputSegment.Numbers("missing", indicators)] : Array.Empty<InputSegment>()],
        };
    }

    /// <summary>The variances of scores are known for perceptrons, and intervals for single numbers.</summary>
    private void RequireCertainty(TrainingPlan plan, DataViewSchema.Column label)
    {
        var option = settings.Interval is not null ? "PredictionInterval" : settings.OutOfDistributionScore ? "OutOfDistributionScore" : "Predictive";
        var problem = !settings.NeedsPosterior ? null
            : !settings.FrozenParameters.IsEmpty ? "needs all parameters trained, but Options.FrozenParameters names some."
            : settings.Interval is not null && label.Type is VectorDataViewType ? $"needs a label that is a single number, but '{label.Name}' is a vector. Train one model for each target."
            : plan.Network is not MlpNetwork ? $"needs a multi-layer perceptron, Network.Mlp, but the network is {plan.Network}."
            : null;
        if (problem is not null)
        {
            throw new ArgumentOutOfRangeException(option, $"{option} {problem}");
        }
    }

    private TrainingSummary Summary(TrainingPlan plan, TrainingData rows, TrainingOutcome outcome, string optimizer) => new()
    {
        Rows = rows.Rows.Count,
        SkippedRows = rows.Skipped,
        FilledRows = rows.Incomplete,
        ValidationRows = rows.Validation?.Count ?? 0,
        StoppedBy = outcome.Stop,
        BestEpoch = outcome.State.BestEpoch,
        ValidationLoss = outcome.State.BestEpoch > 0 ? outcome.State.BestLoss : null,
        UndoneSteps = outcome.State.Recovery.Undone,
        Epochs = outcome.State.History.Count,
        Steps = outcome.State.Step,
        BatchSize = plan.BatchSize,
        LearningRate = plan.LearningRate,
        WeightDecay = outcome.State.HyperParameters is { Prior: PriorPrecision.Curvature } found ? found.Precisions[0] : plan.WeightDecay,
        Augmentation = outcome.State.Augmentation ?? settings.Augmentation,
        TrainingLoss = outcome.State.History[^1].TrainingLoss,
        Optimizer = optimizer,
    };

    private LabelOutput Label(DataViewSchema.Column label, TrainingData rows) => new(settings.Columns.Label, rows.Scaling.Targets)
    {
        Keys = settings.Task == NetworkTask.MulticlassClassification ? ClassKeys.Of(label) : null,
        VectorType = settings.Task == NetworkTask.Regression ? label.Type as VectorDataViewType : null,
        SlotNames = settings.Task == NetworkTask.Regression ? SlotNames.Of(label) : [],
    };

    private (TrainingPlan Plan, TrainingOutcome Outcome, string Optimizer, Certainty Certainty) Train(
        TrainingPlan plan, NetworkShape shape, TrainingData rows, TrainingState start, ImmutableArray<NamedWeights> given, FittedNetwork? initial, Cancellation cancellation, IChannel channel)
    {
        using var scope = NewDisposeScope();
        using var threads = TorchThreads.Limit(plan.Threads);
        using var board = settings.TensorBoardFolder is { } folder ? new TensorBoardWriter(folder) : null;
        var device = TorchRuntime.ChooseDevice(HostSettings.GpuDeviceId(host), HostSettings.FallbackToCpu(host), channel);
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"Training {plan.Network} on {rows.Rows.Count} rows of {shape.Inputs} features: {plan.Epochs} epochs of {plan.Batches} batches of up to {plan.BatchSize} rows, on {device}"));

        void Begin(nn.Module fresh)
        {
            if (settings.InitialWeights is not null)
            {
                ModuleWeights.Load(fresh, given, isPartial: true);
            }

            FrozenParameters.Freeze(fresh, settings.FrozenParameters);
        }

        double? temperature = null;
        if (plan.Regularization is ValidatedWeightDecayRegularization)
        {
            var before = _clock.Elapsed;
            (plan, temperature) = new DecayFit(plan, shape, _task, rows, settings, cancellation, channel, device) { Start = Begin }.Run(start.Loop.Seed);
            _clock.Forget(_clock.Elapsed - before);
        }
        else if (plan.Regularization is MarginalLikelihoodRegularization { Prior: null } evidence)
        {
            var before = _clock.Elapsed;
            plan = TrainingDefaults.ChoosesPrior(settings.Task, plan, isNew: initial is null && settings.InitialWeights is null)
                ? new PriorChoice(plan, shape, _task, rows, settings, cancellation, channel, device) { Start = Begin }.Run(start.Loop.Seed)
                : plan with { Regularization = evidence with { Prior = TrainingDefaults.Prior(settings.Task, shape, plan) } };
            _clock.Forget(_clock.Elapsed - before);
        }

        using var network = plan.Network.Create(shape, host.Rand).to(device);
        if (!start.Weights.IsEmpty)
        {
            ModuleWeights.Load(network, start.Weights);
        }
        else if (settings.InitialWeights is { } weights)
        {
            LoadGiven(network, given, weights.Source, channel);
        }

        var frozen = FrozenParameters.Freeze(network, settings.FrozenParameters);
        if (frozen.Count > 0)
        {
            channel.Info(MessageSensitivity.None, $"Not trained: {string.Join(", ", frozen)}");
        }

        using var optimizer = plan.NewOptimizer(network, start.Loop.OptimizerSeed);
        if (start.Optimizer.Length > 0)
        {
            optimizer.LoadState(new MemoryStream(start.Optimizer));
        }

        using var progress = host.StartProgressChannel("Training");
        var loop = new TrainingLoop(plan, shape, _task, rows, settings, cancellation, _clock, channel)
        {
            IsQuiet = settings.IsQuiet,
            Save = (state, best) => Save(new TrainingState(start.Fingerprint, state, ModuleWeights.Read(network), State(optimizer), best), channel),
            Reported = m =>
            {
                board?.Write(m);
                progress.Checkpoint(m.TrainingLoss, m.Epoch);
            },
        };
        progress.SetHeader(new ProgressHeader(["Training loss"], ["epochs"]), entry =>
        {
            entry.SetProgress(0, loop.Latest?.Epoch ?? 0, plan.Epochs);
            entry.SetMetric(0, loop.Latest?.TrainingLoss ?? double.NaN);
        });
        var outcome = loop.Run(network, optimizer, device, start.Loop, start.Best);
        ModuleWeights.Load(network, outcome.Weights);
        var measured = new CertaintyFit(plan, shape, _task, rows, settings, cancellation, channel, device)
        {
            Start = Begin,
            Temperature = temperature,
        };
        return (plan, outcome, optimizer.Summary(), measured.Run(network, outcome, initial));
    }

    /// <summary>Loads what the network has parameters for.</summary>
    private static void LoadGiven(nn.Module network, ImmutableArray<NamedWeights> given, string source, IChannel channel)
    {
        IReadOnlyList<string> loaded;
        try
        {
            loaded = ModuleWeights.Load(network, given, isPartial: true);
        }
        catch (ArgumentException problem)
        {
            throw new ArgumentOutOfRangeException("InitialWeights", $"Options.InitialWeights, {source}: {problem.Message} A tensor is left out where names return null for it.");
        }

        var others = network.state_dict().Keys.Except(loaded).ToList();
        channel.Info(MessageSensitivity.None, $"Begins with {string.Join(", ", loaded)} of {source}"
            + (others.Count > 0 ? $"; new are {string.Join(", ", others)}" : "")
            + (loaded.Count < given.Length ? $"; not used are {string.Join(", ", given.Select(w => w.Name).Except(loaded))}" : ""));
    }

    /// <summary>A checkpoint that cannot be written is no reason to lose the training.</summary>
    private void Save(TrainingState state, IChannel channel)
    {
        try
        {
            settings.Checkpoints!.Store.Save(state);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            channel.Warning(MessageSensitivity.None, $"The training could not be saved to {settings.Checkpoints!.Store.Place}, and goes on: {failure.Message}");
        }
    }

    private static byte[] State(SecondOrderOptimizer optimizer)
    {
        using var stream = new MemoryStream();
        optimizer.SaveState(stream);
        return stream.ToArray();
    }
}
