using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>All candidates, the best first, then those that were given up, not reached or not trained.</summary>
public sealed class Leaderboard : IReadOnlyList<LeaderboardRow>
{
    private readonly ImmutableArray<LeaderboardRow> _rows;

    internal Leaderboard(ImmutableArray<LeaderboardRow> rows, SelectionCriterion criterion, string error)
    {
        (_rows, Criterion, Error) = (rows, criterion, error);
    }

    /// <summary>By what the candidates are ranked; never <see cref="SelectionCriterion.Automatic"/>.</summary>
    public SelectionCriterion Criterion { get; }

    /// <summary>What the errors are, such as <c>log-loss</c>.</summary>
    public string Error { get; }

    /// <inheritdoc/>
    public int Count => _rows.Length;

    /// <inheritdoc/>
    public LeaderboardRow this[int index] => _rows[index];

    /// <inheritdoc/>
    public IEnumerator<LeaderboardRow> GetEnumerator() => _rows.AsEnumerable().GetEnumerator();

    /// <summary>An aligned table, with a line that says what ranks.</summary>
    public override string ToString()
    {
        var lines = _rows.Select(Cells).Prepend(Headings()).ToList();
        int[] used = [.. Enumerable.Range(0, lines[0].Length).Where(c => lines.Skip(1).Any(l => l[c].Length > 0))];
        var widths = used.ToDictionary(c => c, c => lines.Max(l => l[c].Length));
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Ranked by {Words(Criterion)}. Errors: {Error}.");
        foreach (var line in lines)
        {
            // Names and words to the left, numbers to the right.
            text.AppendLine(string.Join("  ", used.Select(c => c == 1 || c == line.Length - 1 ? line[c].PadRight(widths[c]) : line[c].PadLeft(widths[c]))).TrimEnd());
        }

        return text.ToString();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static string Words(SelectionCriterion criterion) => criterion switch
    {
        SelectionCriterion.LeaveOneOut => "leave-one-out error",
        SelectionCriterion.Evidence => "log evidence",
        _ => "error over folds",
    };

    private static string[] Headings() =>
        ["", "candidate", "leave-one-out", "folds", "log evidence", "training", "seconds", "parameters", "effective", "status"];

    private static string[] Cells(LeaderboardRow row)
    {
        string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
        return
        [
            Number(row.Rank, "F0"), row.Name, row.LeaveOneOut?.ToString() ?? "",
            row.Folds is { } folds ? string.Create(CultureInfo.InvariantCulture, $"{folds} ({row.NumberOfFolds})") : "",
            Number(row.LogEvidence, "F1"), Number(row.TrainingError, "G4"), Number(row.Time.TotalSeconds, "F1"), Number(row.Parameters, "F0"),
            Number(row.EffectiveParameters, "F1"), row.Status switch
            {
                CandidateStatus.Best => "best",
                CandidateStatus.Ranked => row.Remark,
                CandidateStatus.Stopped => "stopped: " + row.Remark,
                CandidateStatus.NotReached => "not reached",
                _ => "failed: " + row.Remark,
            },
        ];
    }
}
