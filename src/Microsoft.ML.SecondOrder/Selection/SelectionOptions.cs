using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>How candidates are compared, beside criterion and time.</summary>
public sealed record SelectionOptions
{
    /// <summary>Folds of <see cref="SelectionCriterion.Folds"/>: at least 2. Default 5.</summary>
    public int NumberOfFolds { get; init; } = 5;

    /// <summary>
    /// Rows times outputs up to which <see cref="SelectionCriterion.Automatic"/> leaves rows out one by one: 1 to 30 000. The work grows with its
    /// cube. Default 3 000.
    /// </summary>
    public int LargestLeaveOneOut { get; init; } = 3000;

    /// <summary>
    /// Whether a candidate is given up as soon as it is clear that it will not win: after two folds or more, where its losses on the same rows
    /// exceed the leader's by more than three standard errors; in the second half of a single training, where its training loss is above
    /// the leader's error and four times (for classes, twice) the leader's own at that time. Default true.
    /// </summary>
    public bool StopsHopeless { get; init; } = true;

    /// <summary>How errors of numbers count: as the trainers' <c>Loss</c>. Default <see cref="RegressionLoss.Huber"/>, and errors of more than five spreads of the label count as five: a few absurd labels do not decide.</summary>
    public RegressionLoss Loss { get; init; } = RegressionLoss.Huber;

    /// <summary>A column whose rows of the same value stay in one fold; needs <see cref="SelectionCriterion.Folds"/>. Default null: folds are drawn row by row.</summary>
    public string? SamplingKeyColumnName { get; init; }

    /// <summary>Of the draw of folds. Default null: the context's.</summary>
    public int? Seed { get; init; }

    /// <summary>Stops the selection at the next step of a training, as <c>MLContext.CancelExecution</c> does; see <see cref="OnCancellation"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>What to do when cancelled: throw, or return the best of the candidates that were ranked, if there is one. Default: throw.</summary>
    public CancellationBehavior OnCancellation { get; init; }

    internal IEnumerable<string> Problems()
    {
        if (NumberOfFolds < 2)
        {
            yield return FormattableString.Invariant($"{nameof(NumberOfFolds)} must be at least 2, but is {NumberOfFolds}.");
        }

        if (LargestLeaveOneOut is < 1 or > 30_000)
        {
            yield return FormattableString.Invariant($"{nameof(LargestLeaveOneOut)} must lie between 1 and 30000, but is {LargestLeaveOneOut}.");
        }

        if (!Enum.IsDefined(Loss) || !Enum.IsDefined(OnCancellation))
        {
            yield return $"{nameof(Loss)} and {nameof(OnCancellation)} must be values of their types, but are {Loss} and {OnCancellation}.";
        }

        if (SamplingKeyColumnName is "")
        {
            yield return $"{nameof(SamplingKeyColumnName)} must name a column or be null, but is empty.";
        }
    }
}
