using Microsoft.ML.SecondOrder.Reporting;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>The page of a selection.</summary>
internal static class SelectionPage
{
    public static string Render(SelectionResult result, string title)
    {
        var board = result.Leaderboard;
        return Page.Render(title, Summary(board),
        [
            ("choice", "Choice", Choice(board)),
            ("candidates", "Candidates", Candidates(board)),
            ("criteria", "Criteria", Criteria(board)),
        ]);
    }

    private static string Summary(Leaderboard board)
    {
        var compared = board.Count(r => r.Rank is not null);
        return $"{board[0].Name}: the best of {compared} candidates that were compared to the end, of {board.Count}, by {Leaderboard.Words(board.Criterion)}. Errors are {board.Error}.";
    }

    private static Markup Choice(Leaderboard board)
    {
        var best = board[0];
        var error = Error(best, board.Criterion);
        return $"""
            <section id="choice"><h2>Choice</h2>
            {Cards.Of(
                ("Best candidate", best.Name, Leaderboard.Words(board.Criterion)),
                (Heading(board.Criterion), error is { } e ? Numerals.Text(e.Value) : Numerals.Text(best.LogEvidence), error is { } s ? $"± {Numerals.Text(s.StandardError)}" : "nats"),
                ("Parameters that matter", Numerals.Text(best.EffectiveParameters), best.Parameters is { } all ? $"of {Numerals.Count(all)}" : ""),
                ("Time of all candidates", Numerals.Text(board.Sum(r => r.Time.TotalSeconds)), "seconds"))}
            </section>

            """;
    }

    /// <summary>Columns that say something.</summary>
    private static Markup Candidates(Leaderboard board)
    {
        (string Heading, Func<LeaderboardRow, string?> Text)[] columns =
        [
            ("Rank", r => r.Rank is { } rank ? Numerals.Count(rank) : null),
            ("Leave-one-out error", r => Text(r.LeaveOneOut)),
            ("Error over folds", r => Text(r.Folds)),
            ("Folds", r => r.NumberOfFolds > 0 ? Numerals.Count(r.NumberOfFolds) : null),
            ("Log evidence", r => r.LogEvidence is { } e ? Numerals.Text(e) : null),
            ("Training error", r => r.TrainingError is { } e ? Numerals.Text(e) : null),
            ("Seconds", r => Numerals.Text(r.Time.TotalSeconds)),
            ("Parameters", r => r.Parameters is { } p ? Numerals.Count(p) : null),
            ("Effective", r => r.EffectiveParameters is { } p ? Numerals.Text(p) : null),
            ("Status", Status),
        ];
        var used = columns.Where(c => board.Any(r => c.Text(r) is not null)).ToList();
        return $"""
            <section id="candidates"><h2>Candidates</h2>
            {Tables.Of("Leaderboard", ["Candidate", .. used.Select(c => c.Heading)], board.Select(r => Tables.Row(r.Name, used.Select(c => c.Text(r) ?? "–"))))}
            </section>

            """;
    }

    /// <summary>What ranks against all else that was measured.</summary>
    private static Markup Criteria(Leaderboard board)
    {
        var criterion = board.Criterion == SelectionCriterion.Evidence ? board.Any(r => r.LeaveOneOut is not null) ? SelectionCriterion.LeaveOneOut : SelectionCriterion.Folds : board.Criterion;
        var rows = board.Where(r => Error(r, criterion) is { } e && double.IsFinite(e.Value)).ToList();
        var label = Leaderboard.Words(criterion);
        string Mark(LeaderboardRow row) => FormattableString.Invariant($"{rows.IndexOf(row) + 1}");
        Markup Against(string title, string x, Func<LeaderboardRow, double?> value, bool mayBeLogarithmic = false, Axis? axis = null) =>
            PointChart.Draw(title, x, label, [.. rows.Where(r => value(r) is not null).Select(r => new ChartPoint(r.Name, Mark(r), value(r)!.Value, Error(r, criterion)!.Value.Value, Error(r, criterion)!.Value.StandardError))], mayBeLogarithmic, axis);
        return $"""
            <section id="criteria"><h2>Criteria</h2>
            <p>Each point is a candidate, with its place on the leaderboard beside it, and its bar one standard error of the criterion up and down. Candidates whose bars overlap widely are equally good as far as the rows can tell.</p>
            <div class="charts">
            {Against("By rank", "place on the leaderboard", r => rows.IndexOf(r) + 1, axis: new Axis(0, rows.Count + 1))}
            {Against("Against the training error", "training error", r => r.TrainingError)}
            {Against("Against the time", "seconds", r => r.Time.TotalSeconds, mayBeLogarithmic: true)}
            {Against("Against the size", "parameters", r => r.Parameters, mayBeLogarithmic: true)}
            {Against("Against the evidence, which ranks widths and depths badly", "log evidence", r => r.LogEvidence)}
            </div>
            </section>

            """;
    }

    private static ErrorEstimate? Error(LeaderboardRow row, SelectionCriterion criterion) => criterion switch
    {
        SelectionCriterion.LeaveOneOut => row.LeaveOneOut,
        SelectionCriterion.Evidence => null,
        _ => row.Folds,
    };

    private static string Heading(SelectionCriterion criterion) => criterion switch
    {
        SelectionCriterion.LeaveOneOut => "Leave-one-out error",
        SelectionCriterion.Evidence => "Log evidence",
        _ => "Error over folds",
    };

    private static string? Text(ErrorEstimate? error) => error is { } e ? $"{Numerals.Text(e.Value)} ± {Numerals.Text(e.StandardError)}" : null;

    private static string Status(LeaderboardRow row)
    {
        var status = row.Status switch
        {
            CandidateStatus.NotReached => "not reached",
            var other => other.ToString().ToLowerInvariant(),
        };
        return row.Remark.Length > 0 ? $"{status}: {row.Remark}" : status;
    }
}
