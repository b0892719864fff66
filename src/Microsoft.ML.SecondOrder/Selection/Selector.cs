using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>Trains contenders and compares them.</summary>
internal sealed class Selector(MLContext context, IHost host, IChannel channel, SelectionPlan plan, IDataView data, IReadOnlyList<Contender> contenders)
{
    private readonly TimeBudget _time = new(plan.Time);
    private readonly Cancellation _cancellation = new(host, plan.Options.CancellationToken);
    private readonly ScoredRows _scored = new(plan.Task, plan.Label, plan.Weight);
    private readonly List<Entry> _entries = [.. contenders.Select(c => new Entry(c))];
    private RowLoss? _loss;
    private bool _leavesOut;

    private SelectionOptions Options => plan.Options;

    /// <exception cref="InvalidOperationException">No contender could be trained.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, and to throw.</exception>
    public SelectionResult Run()
    {
        var criterion = Resolve();
        _leavesOut = criterion == SelectionCriterion.LeaveOneOut;
        try
        {
            if (criterion == SelectionCriterion.Folds || !CompareFits(criterion))
            {
                criterion = SelectionCriterion.Folds;
                new FoldRace(this, Folds()).Run(_entries, _time);
            }
        }
        catch (OperationCanceledException) when (_cancellation.IsRequested && Options.OnCancellation == CancellationBehavior.ReturnBest && _entries.Any(e => e.Model is not null))
        {
            // The best of those that were trained on all rows.
            criterion = _leavesOut ? SelectionCriterion.LeaveOneOut : criterion;
        }

        foreach (var entry in _entries.Where(e => e.Ended is null && Key(e, criterion) is null))
        {
            entry.End(entry.Model is null ? CandidateStatus.NotReached : CandidateStatus.Failed, entry.Examination?.Obstacle ?? $"it has no {Leaderboard.Words(criterion)}");
        }

        var best = Best(criterion);
        channel.Info(MessageSensitivity.None, $"Best of {_entries.Count} candidates by {Leaderboard.Words(criterion)}: {best.Name}");
        return new SelectionResult(best.Model!, Board(criterion, best), $"{plan.Task} of {plan.Label}");
    }

    /// <summary>Trains a contender on rows, and notes the time.</summary>
    /// <returns>Null where it failed, or was given up by <paramref name="watch"/>.</returns>
    public ITransformer? Fit(Entry entry, IDataView rows, TimeSpan? time, Func<EpochMetrics, string?>? watch = null)
    {
        _cancellation.ThrowIfRequested();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Options.CancellationToken);
        var clock = Stopwatch.StartNew();
        string? hopeless = null;
        try
        {
            var model = entry.Contender.Fit(rows, new FitLimits(stop.Token, time, metrics =>
            {
                hopeless ??= watch?.Invoke(metrics);
                if (hopeless is not null)
                {
                    stop.Cancel();
                }
            }));
            _time.Note(clock.Elapsed);
            return model;
        }
        catch (OperationCanceledException) when (hopeless is not null && !_cancellation.IsRequested)
        {
            entry.End(CandidateStatus.Stopped, hopeless);
            channel.Info(MessageSensitivity.None, $"{entry.Name}: stopped, {hopeless}");
            return null;
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or NumericalException)
        {
            entry.End(CandidateStatus.Failed, failure.Message);
            channel.Warning(MessageSensitivity.None, $"{entry.Name} could not be trained: {failure.Message}");
            return null;
        }
        finally
        {
            entry.Time += clock.Elapsed;
        }
    }

    /// <summary>Losses of rows that a model scored.</summary>
    public LossRows Losses(ITransformer model, IDataView rows)
    {
        var scored = model.Transform(rows);
        _loss ??= Loss(scored);
        return _scored.Losses(scored, _loss);
    }

    public ErrorEstimate Estimate(LossRows rows) => _loss!.Estimate(rows);

    /// <summary>Whether hopeless contenders are to be given up.</summary>
    public bool StopsHopeless => Options.StopsHopeless;

    public void Say(Entry entry, string what) => channel.Info(MessageSensitivity.None, string.Create(
        CultureInfo.InvariantCulture, $"{entry.Name}: {what}, {_time.Elapsed.TotalSeconds:F1} s of {(plan.Time is { } all ? $"{all.TotalSeconds:F1} s" : "no limit")}"));

    /// <summary>Trains on all rows.</summary>
    public void FitAll(Entry entry, TimeSpan? time, Func<EpochMetrics, string?>? watch = null)
    {
        if (Fit(entry, data, time, watch) is not { } model)
        {
            return;
        }

        entry.Keep(model);
        var clock = Stopwatch.StartNew();
        var losses = Losses(model, data);
        entry.TrainingError = Estimate(losses).Value;
        if (entry.Network is { Origin: not null } network)
        {
            entry.Examination = FitExamination.Run(host, network, entry.Prepared(data), _loss!, _leavesOut, _cancellation, channel);
            entry.LeaveOneOut = entry.Examination.LeaveOneOut is { } left ? Estimate(left) : null;
        }

        entry.Time += clock.Elapsed;
    }

    /// <summary>What ranks, smaller being better.</summary>
    private static double? Key(Entry entry, SelectionCriterion criterion) => criterion switch
    {
        SelectionCriterion.LeaveOneOut => entry.LeaveOneOut?.Value,
        SelectionCriterion.Evidence => -entry.Examination?.LogEvidence,
        _ => entry.Folds.Count > 0 ? entry.FirstFolds(entry.Folds.Count).Mean().Mean : null,
    };

    private SelectionCriterion Resolve()
    {
        if (plan.Criterion != SelectionCriterion.Automatic)
        {
            return plan.Criterion;
        }

        // Where pipelines make the label, its classes show only later, and the number of rows has to do.
        if (data.Schema.GetColumnOrNull(plan.Label) is not null && Facts(data) is { } facts)
        {
            _loss = RowLoss.Of(plan.Task, facts.Spreads, Options.Loss);
            return (long)facts.Rows * facts.Outputs <= Options.LargestLeaveOneOut ? SelectionCriterion.LeaveOneOut : SelectionCriterion.Folds;
        }

        return Count(data) <= Options.LargestLeaveOneOut ? SelectionCriterion.LeaveOneOut : SelectionCriterion.Folds;
    }

    private LabelFacts? Facts(IDataView view)
    {
        try
        {
            return LabelFacts.Read(view, plan.Label, plan.Task);
        }
        catch (ArgumentOutOfRangeException) when (view == data)
        {
            return null; // pipelines may make another label of it
        }
    }

    private RowLoss Loss(IDataView scored) => RowLoss.Of(plan.Task, LabelFacts.Read(scored, plan.Label, plan.Task).Spreads, Options.Loss);

    private static long Count(IDataView view)
    {
        if (view.GetRowCount() is { } known)
        {
            return known;
        }

        using var cursor = view.GetRowCursor([]);
        var count = 0L;
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    /// <summary>Without those that the draw has left without a row.</summary>
    /// <exception cref="InvalidOperationException">Fewer than two have one.</exception>
    private List<(IDataView Train, IDataView Test)> Folds()
    {
        var folds = context.Data.CrossValidationSplit(data, Options.NumberOfFolds, Options.SamplingKeyColumnName, Options.Seed)
            .Where(s => Count(s.TestSet) > 0).Select(s => (s.TrainSet, s.TestSet)).ToList();
        return folds.Count >= 2 ? folds : throw new InvalidOperationException("Folds need rows in two of them at least, but all rows are in one: there are too few rows, or one value of the sampling key.");
    }

    /// <summary>One training each.</summary>
    /// <returns>Whether there is a ranking; else folds are needed.</returns>
    private bool CompareFits(SelectionCriterion criterion)
    {
        foreach (var entry in _entries)
        {
            var isFirst = _entries.All(e => e.Model is null);
            if (!isFirst && !_time.Allows())
            {
                entry.End(CandidateStatus.NotReached, "the time had run out");
                continue;
            }

            var leader = _entries.Where(e => e.Ended is null && Key(e, criterion) is not null).MinBy(e => Key(e, criterion));
            FitAll(entry, _time.ForNext(), metrics => Watch(entry, metrics, leader));
            if (entry.Model is null)
            {
                continue;
            }

            if (Key(entry, criterion) is null && plan.Criterion == SelectionCriterion.Automatic)
            {
                channel.Info(MessageSensitivity.None, $"{entry.Name} has no {Leaderboard.Words(criterion)} ({entry.Examination?.Obstacle ?? "it is no network of this package"}): comparing by folds");
                return false;
            }

            Say(entry, criterion == SelectionCriterion.Evidence
                ? string.Create(CultureInfo.InvariantCulture, $"log evidence {entry.Examination?.LogEvidence:F1}")
                : $"leave-one-out error {entry.LeaveOneOut?.ToString() ?? "none"}");
        }

        return true;
    }

    /// <summary>Notes the course of a training; says why it is hopeless where it is.</summary>
    private string? Watch(Entry entry, EpochMetrics metrics, Entry? leader)
    {
        var progress = (double)metrics.Epoch / metrics.MaximumNumberOfEpochs;
        var reached = metrics.RootMeanSquaredError * metrics.RootMeanSquaredError ?? metrics.TrainingLoss;
        entry.Curve.Add((progress, reached));
        if (!StopsHopeless || progress < 0.5 || progress > 0.9 || leader is not { Curve: [_, ..] curve, Examination.LeaveOneOut: { } left })
        {
            return null;
        }

        var then = curve.LastOrDefault(c => c.Progress <= progress + 1e-9).Loss;
        return then > 0 && reached > _loss!.HopelessRatio * then && reached > left.Mean().Mean
            ? string.Create(CultureInfo.InvariantCulture, $"training loss {reached / then:F1} times that of {leader.Name} after {100 * progress:F0} % of the training")
            : null;
    }

    private Entry Best(SelectionCriterion criterion)
    {
        foreach (var entry in _entries.Where(e => e.Ended is null).OrderBy(e => Key(e, criterion)).ToList())
        {
            if (entry.Model is null)
            {
                FitAll(entry, _time.ForNext());
            }

            if (entry.Model is not null)
            {
                return entry;
            }
        }

        // Nothing was compared to the end: any model is better than none.
        var rest = _entries.FirstOrDefault(e => e.Model is not null && e.Ended != CandidateStatus.Failed) ?? _entries.FirstOrDefault(e => e.Ended == CandidateStatus.NotReached);
        if (rest is { Model: null })
        {
            FitAll(rest, _time.ForNext());
        }

        return rest is { Model: not null } ? rest : throw new InvalidOperationException(
            $"None of the {_entries.Count} candidates could be trained and compared. {string.Join(" ", _entries.Select(e => $"{e.Name}: {e.Remark}."))}");
    }

    private Leaderboard Board(SelectionCriterion criterion, Entry best)
    {
        var ranked = _entries.Where(e => e.Ended is null).OrderBy(e => e == best ? 0 : 1).ThenBy(e => Key(e, criterion)).ToList();
        var others = _entries.Except(ranked).OrderBy(e => e == best ? 0 : 1).ThenBy(e => e.Ended).ThenBy(e => Key(e, criterion) ?? double.PositiveInfinity);
        ImmutableArray<LeaderboardRow> rows = [.. ranked.Concat(others).Select((e, i) => new LeaderboardRow
        {
            Name = e.Name,
            Rank = e.Ended is null ? i + 1 : null,
            Status = e == best ? CandidateStatus.Best : e.Ended ?? CandidateStatus.Ranked,
            Remark = e.Remark,
            LeaveOneOut = e.LeaveOneOut,
            Folds = e.Folds.Count > 0 ? Estimate(e.FirstFolds(e.Folds.Count)) : null,
            NumberOfFolds = e.Folds.Count,
            LogEvidence = e.Examination?.LogEvidence,
            TrainingError = e.TrainingError,
            Model = e.Model,
            Time = e.Time,
            Parameters = e.Network?.Weights.Sum(w => (long)w.Values.Length),
            EffectiveParameters = e.Examination?.EffectiveParameters,
        })];
        return new Leaderboard(rows, criterion, _loss!.Words);
    }
}
