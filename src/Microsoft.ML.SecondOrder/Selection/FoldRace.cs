using System.Globalization;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>
/// Folds as a race: all contenders are trained without the first fold, then without the second, and those that have no hope any more
/// drop out (Maron and Moore, 1994, with paired differences in place of Hoeffding's bound).
/// </summary>
internal sealed class FoldRace(Selector selector, IReadOnlyList<(IDataView Train, IDataView Test)> folds)
{
    private const int FewestFolds = 2;

    /// <summary>Standard errors by which losses on the same rows have to be worse.</summary>
    private const double Distance = 3;

    private TimeSpan _longest;

    public void Run(IReadOnlyList<Entry> entries, TimeBudget time)
    {
        for (var f = 0; f < folds.Count; f++)
        {
            foreach (var entry in entries.Where(e => e.Ended is null).ToList())
            {
                // A model of all rows is needed at the end; before the first is trained half of the time has to do for it.
                var reserve = _longest > TimeSpan.Zero ? _longest * folds.Count / (folds.Count - 1) : time.Left / 2 ?? TimeSpan.Zero;
                if (!time.Allows(reserve) && (f > 0 || entries.Any(e => e.Folds.Count > 0)))
                {
                    CutOff(entries);
                    return;
                }

                Train(entry, f, time, reserve);
            }

            if (selector.StopsHopeless && f + 1 >= FewestFolds && f + 1 < folds.Count)
            {
                DropHopeless(entries);
            }
        }
    }

    private void Train(Entry entry, int fold, TimeBudget time, TimeSpan reserve)
    {
        var before = time.Elapsed;
        if (selector.Fit(entry, folds[fold].Train, time.ForNext(reserve)) is not { } model)
        {
            return;
        }

        _longest = time.Elapsed - before > _longest ? time.Elapsed - before : _longest;
        entry.Folds.Add(selector.Losses(model, folds[fold].Test));
        selector.Say(entry, FormattableString.Invariant($"fold {fold + 1} of {folds.Count}, error {selector.Estimate(entry.FirstFolds(fold + 1))}"));
    }

    /// <summary>Where the time ended within a round, folds that not all have are left out.</summary>
    private static void CutOff(IReadOnlyList<Entry> entries)
    {
        var running = entries.Where(e => e.Ended is null).ToList();
        foreach (var entry in running.Where(e => e.Folds.Count == 0))
        {
            entry.End(CandidateStatus.NotReached, "the time had run out");
        }

        var common = running.Where(e => e.Folds.Count > 0).Min(e => e.Folds.Count);
        foreach (var entry in running.Where(e => e.Folds.Count > common))
        {
            entry.Folds.RemoveRange(common, entry.Folds.Count - common);
        }
    }

    private void DropHopeless(IReadOnlyList<Entry> entries)
    {
        var running = entries.Where(e => e.Ended is null).ToList();
        if (running.MinBy(Mean) is not { } leader)
        {
            return;
        }

        foreach (var entry in running.Where(e => e != leader))
        {
            var (above, error) = entry.FirstFolds(entry.Folds.Count).Above(leader.FirstFolds(leader.Folds.Count));
            if (above > Distance * error)
            {
                entry.End(CandidateStatus.Stopped, string.Create(CultureInfo.InvariantCulture, $"{above / error:F1} standard errors behind {leader.Name} after {entry.Folds.Count} folds"));
                selector.Say(entry, "stopped, " + entry.Remark);
            }
        }
    }

    private static double Mean(Entry entry) => entry.FirstFolds(entry.Folds.Count).Mean().Mean;
}
