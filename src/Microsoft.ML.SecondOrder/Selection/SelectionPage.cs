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

    private static Markup Candidates(Leaderboard board) => $"""
        <section id="candidates"><h2>Candidates</h2>
        {Tables.Of("Leaderboard",
            ["Candidate", "Rank", "Leave-one-out error", "Error over folds", "Folds", "Log evidence", "Training error", "Seconds", "Parameters", "Effective", "Status"],
            board.Select(r => Tables.Row(r.Name, new[]
            {
                Numerals.Text(r.Rank), Text(r.LeaveOneOut), Text(r.Folds), r.NumberOfFolds > 0 ? Numerals.Count(r.NumberOfFolds) : "–", Numerals.Text(r.LogEvidence),
                Numerals.Text(r.TrainingError), Numerals.Text(r.Time.TotalSeconds), r.Parameters is { } p ? Numerals.Count(p) : "–", Numerals.Text(r.EffectiveParameters), Status(r),
            })))}
        </section>

        """;

    /// <summary>What ranks against all else that was measured.</summary>
    private static Markup Criteria(Leaderboard board)
    {
        var criterion = board.Criterion == SelectionCriterion.Evidence ? board.Any(r => r.LeaveOneOut is not null) ? SelectionCriterion.LeaveOneOut : SelectionCriterion.Folds : board.Criterion;
        var rows = board.Where(r => Error(r, criterion) is { } e && double.IsFinite(e.Value)).ToList();
        var label = Leaderboard.Words(criterion);
        Markup Against(string title, string x, Func<LeaderboardRow, double?> value, bool mayBeLogarithmic = false) =>
            PointChart.Draw(title, x, label, [.. rows.Where(r => value(r) is not null).Select(r => new ChartPoint(r.Name, value(r)!.Value, Error(r, criterion)!.Value.Value, Error(r, criterion)!.Value.StandardError))], mayBeLogarithmic);
        return $"""
            <section id="criteria"><h2>Criteria</h2>
            <p>Each point is a candidate, and its bar one standard error of the criterion up and down. Candidates whose bars overlap widely are equally good as far as the rows can tell.</p>
            <div class="charts">
            {Against("By rank", "place on the leaderboard", r => rows.IndexOf(r) + 1)}
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

    private static string Text(ErrorEstimate? error) => error is { } e ? $"{Numerals.Text(e.Value)} ± {Numerals.Text(e.StandardError)}" : "–";

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
