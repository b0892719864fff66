using System.Collections.Immutable;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Passes over the rows until the plan is done, and says after each how it went.</summary>
internal sealed class TrainingLoop(
    TrainingPlan plan, NetworkShape shape, LearningTask task, TrainingData data, TrainingSettings settings, Cancellation cancellation, TrainingClock clock, IChannel channel)
{
    private const long MillisecondsBetweenLines = 10_000;

    private LoopState _state = null!;
    private ImmutableArray<NamedWeights> _best = [];
    private TimeSpan _epochStart;
    private TimeSpan _lastSaved;
    private long _nextLine;

    /// <summary>What the progress channel shows.</summary>
    public EpochMetrics? Latest => _state is { History: [.., var last] } ? last : null;

    /// <summary>Saves the state with the network's weights; null where nothing is to be saved.</summary>
    public Action<LoopState, ImmutableArray<NamedWeights>>? Save { get; init; }

    /// <summary>Whether epochs are not logged.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Called before each step, with its number.</summary>
    public Action<long>? BeforeStep { get; init; }

    /// <summary>Called after each epoch, before the callback.</summary>
    public Action<EpochMetrics>? Reported { get; init; }

    /// <summary>Trains <paramref name="network"/> from where it stands.</summary>
    /// <param name="network">On its device.</param>
    /// <param name="optimizer">Of the network.</param>
    /// <param name="device">The network's.</param>
    /// <param name="state">Where the training stands.</param>
    /// <param name="best">The weights of the best epoch so far; empty for none.</param>
    /// <exception cref="InvalidOperationException">Numbers are no longer finite, whatever the damping.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled, and is to throw or has nothing to return.</exception>
    public TrainingOutcome Run(
        nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Device device, LoopState state, ImmutableArray<NamedWeights> best)
    {
        (_state, _best, _lastSaved) = (state, best, clock.Elapsed);
        using var batches = new Batches(plan, data.Rows, task, device);
        using var regularizer = Regularizer(network, optimizer, device);
        using var search = Search(network, optimizer, device, regularizer);
        using var step = new TrainingStep(plan, task, batches, network, optimizer, data.Scaling.Targets) { Regularizer = regularizer, Augmentation = search };
        network.train();
        TrainingStop? stop = IsStale ? TrainingStop.EarlyStopping : null;
        while (stop is null)
        {
            _epochStart = clock.Elapsed;
            _nextLine = Environment.TickCount64 + MillisecondsBetweenLines;
            batches.Begin(_state.Epoch, _state.Batch);
            stop = RunBatches(network, optimizer, batches, step);
            stop = EndEpoch(network, optimizer, device, step, stop);
        }

        if (stop == TrainingStop.Completed && regularizer?.Best is { Found: not null } kept)
        {
            return new TrainingOutcome(kept.Weights, _state with { HyperParameters = kept.Found }, stop.Value);
        }

        return new TrainingOutcome(_best.IsEmpty ? ModuleWeights.Read(network) : _best, _state, stop.Value);
    }

    private EvidenceRegularizer? Regularizer(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Device device) =>
        plan.Regularization is not MarginalLikelihoodRegularization evidence ? null : new EvidenceRegularizer(
            plan, evidence.Prior!.Value, evidence.Sharing, shape.Outputs, task, data.Rows, network, optimizer, device, _state, data.Validation is not null);

    /// <summary>After the regularizer: what that looks at is the same in a training that goes on.</summary>
    private AugmentationSearch? Search(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Device device, EvidenceRegularizer? regularizer) =>
        data.Rows is not AugmentedRows { Augmentation.IsLearned: true } images ? null
            : new AugmentationSearch(plan, shape.Outputs, task, images, network, optimizer, device, _state) { Regularizer = regularizer };

    private bool IsStale => plan.EarlyStopping is { } rule && _state.Stale >= rule.Patience;

    private TimeSpan TimeLeft
    {
        get
        {
            var share = (double)_state.Step / plan.Steps;
            var bySteps = share > 0 ? clock.Elapsed / share * (1 - share) : TimeSpan.Zero;
            var byTime = plan.MaximumTime - clock.Elapsed ?? TimeSpan.MaxValue;
            return bySteps < byTime ? bySteps : byTime > TimeSpan.Zero ? byTime : TimeSpan.Zero;
        }
    }

    /// <summary>The rest of an epoch; returns why it ended before its end, or null.</summary>
    private TrainingStop? RunBatches(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Batches batches, TrainingStep step)
    {
        for (; _state.Batch < plan.Batches; SaveByTime(network, step))
        {
            if (Interruption() is { } stop)
            {
                return stop;
            }

            batches.Read(_state.Batch);
            var number = _state.Step;
            BeforeStep?.Invoke(number);
            var (loss, figure, failure) = step.Run(number, clock.Elapsed, _state.Recovery);
            _state = _state with { Batch = _state.Batch + 1, Step = _state.Step + 1 };
            if (failure is not null)
            {
                Recover(step, failure);
                continue;
            }

            _state = _state with
            {
                LossSum = _state.LossSum + loss,
                FigureSum = _state.FigureSum + figure,
                Rows = _state.Rows + batches.Rows,
                Recovery = _state.Recovery.AfterSuccess(),
                HyperParameters = step.Regularizer?.HyperParameters,
                Augmentation = step.Augmentation?.Now,
            };
            settings.Tuner?.AfterStep(number, loss / batches.Rows, network, optimizer);
            if (!IsQuiet && Environment.TickCount64 >= _nextLine)
            {
                _nextLine = Environment.TickCount64 + MillisecondsBetweenLines;
                channel.Info(MessageSensitivity.None, EpochLine.Within(plan, _state, TimeLeft));
            }
        }

        return null;
    }

    /// <exception cref="OperationCanceledException">Cancelled, and to throw.</exception>
    private TrainingStop? Interruption()
    {
        if (cancellation.IsRequested)
        {
            if (settings.OnCancellation == CancellationBehavior.Throw || _state.Step == _state.Recovery.Undone)
            {
                cancellation.ThrowIfRequested();
            }

            return TrainingStop.Cancelled;
        }

        return _state.Step >= plan.Steps ? TrainingStop.Completed
            : plan.MaximumTime is { } limit && clock.Elapsed >= limit && _state.Step > _state.Recovery.Undone ? TrainingStop.TimeLimit
            : null;
    }

    private void Recover(TrainingStep step, string failure)
    {
        var recovery = _state.Recovery.AfterFailure();
        _state = _state with { Recovery = recovery };
        if (recovery.Failures > Recovery.MostFailures || !step.Undo(_state.Step, clock.Elapsed, recovery))
        {
            throw Diverged(plan, failure);
        }

        channel.Warning(MessageSensitivity.None, FormattableString.Invariant(
            $"Step {_state.Step} was undone: {failure}. Damping is now {recovery.Damping:G3} times, the learning rate {recovery.Rate:G3} times what was set"));
    }

    /// <summary>Measures, reports and saves; returns why the training ends, or null where another epoch follows.</summary>
    private TrainingStop? EndEpoch(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Device device, TrainingStep step, TrainingStop? stop)
    {
        if (_state.Rows == 0 && stop is not null && _state.History.Count > 0)
        {
            return stop; // nothing has happened since the last report
        }

        if (!step.IsSound())
        {
            Recover(step, "the weights or the loss after it are no longer finite");
        }

        var measured = stop == TrainingStop.Cancelled ? null : data.Validation?.Measure(network, device);
        var metrics = Metrics(optimizer, step, measured);
        if (metrics.IsBest)
        {
            _best = ModuleWeights.Read(network);
        }

        Advance(metrics, ended: stop is null);
        if (!IsQuiet)
        {
            channel.Info(MessageSensitivity.None, EpochLine.Of(metrics));
        }

        Reported?.Invoke(metrics);
        settings.MetricsCallback?.Invoke(metrics);
        stop ??= _state.Step >= plan.Steps ? TrainingStop.Completed : IsStale ? TrainingStop.EarlyStopping : null;
        if (stop is null && settings.Checkpoints is { } checkpoints && (checkpoints.Epochs is { } every
            ? (_state.Epoch - 1) % every == 0
            : checkpoints.Time is null && clock.Elapsed - _lastSaved > CheckpointSettings.LeastPause))
        {
            SaveNow(network, step);
        }

        return stop;
    }

    private EpochMetrics Metrics(SecondOrderOptimizer optimizer, TrainingStep step, (double Loss, double Figure)? measured)
    {
        var rows = Math.Max(1, _state.Rows);
        var metrics = task.Report(new EpochMetrics
        {
            Epoch = _state.Epoch,
            MaximumNumberOfEpochs = plan.Epochs,
            Steps = _state.Step,
            TrainingLoss = _state.LossSum / rows,
            LearningRate = step.LearningRate,
            DampingFactor = optimizer.DampingFactor,
            Layers = [.. optimizer.Layers.Select(Figures)],
            Elapsed = clock.Elapsed,
            TimeLeft = TimeLeft,
            RowsPerSecond = _state.Rows / Math.Max(1e-9, (clock.Elapsed - _epochStart).TotalSeconds),
            UndoneSteps = _state.Recovery.Undone,
            LogEvidence = step.Regularizer?.Evidence?.LogMarginalLikelihood,
            EffectiveParameters = step.Regularizer?.Evidence?.EffectiveParameters,
            PriorPrecision = step.Regularizer is { HyperParameters: { } found, Decay: null } ? Math.Exp(found.Precisions.Average(Math.Log)) : null,
            WeightDecay = optimizer.WeightDecay,
            Augmentation = step.Augmentation?.Now,
        }, _state.FigureSum / rows);
        if (measured is not { } m)
        {
            return metrics;
        }

        var named = task.Report(metrics, m.Figure);
        return metrics with
        {
            ValidationLoss = m.Loss,
            ValidationAccuracy = named.Accuracy,
            ValidationRootMeanSquaredError = named.RootMeanSquaredError,
            IsBest = m.Loss < _state.BestLoss,
        };
    }

    private static LayerMetrics Figures(OptimizedLayer layer)
    {
        var curvature = layer.Preconditioner.MeanCurvature();
        return new LayerMetrics(layer.Name, layer.Preconditioner.EffectiveDamping, curvature?.Inputs, curvature?.Outputs);
    }

    private void Advance(EpochMetrics metrics, bool ended)
    {
        var improves = metrics.ValidationLoss < _state.StoppingLoss - (plan.EarlyStopping?.MinimumImprovement ?? 0);
        _state = _state with
        {
            History = _state.History.Add(metrics),
            BestEpoch = metrics.IsBest ? metrics.Epoch : _state.BestEpoch,
            BestLoss = metrics.IsBest ? metrics.ValidationLoss!.Value : _state.BestLoss,
            StoppingLoss = improves ? metrics.ValidationLoss!.Value : _state.StoppingLoss,
            Stale = improves || metrics.ValidationLoss is null ? 0 : _state.Stale + 1,
        };
        if (ended)
        {
            _state = _state with { Epoch = _state.Epoch + 1, Batch = 0, LossSum = 0, FigureSum = 0, Rows = 0 };
        }
    }

    private void SaveByTime(nn.Module network, TrainingStep step)
    {
        if (settings.Checkpoints?.Time is { } pause && clock.Elapsed - _lastSaved >= pause)
        {
            SaveNow(network, step);
        }
    }

    private void SaveNow(nn.Module network, TrainingStep step)
    {
        _lastSaved = clock.Elapsed;
        _state = _state with { Elapsed = clock.Elapsed, BestLook = step.Regularizer?.Best };
        Save?.Invoke(_state, _best);
        step.SnapshotNext();
    }

    /// <summary>The error for numbers that are no longer finite, with the settings to change.</summary>
    public static InvalidOperationException Diverged(TrainingPlan plan, string how) => new(FormattableString.Invariant(
        $"The training diverged: {how}. Lower Options.WeightDecay (now {plan.WeightDecay}) or Options.LearningRate (now {plan.LearningRate}), or raise the damping of Options.Optimizer (now {plan.Optimizer})."));
}
