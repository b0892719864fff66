using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What the trials of an experiment are ranked by; see <c>SetSecondOrderTrialRunner</c>.</summary>
public abstract record TrialCriterion
{
    private protected TrialCriterion()
    {
    }

    /// <summary>
    /// The error on each row as if it had been left out, from one training on all rows and the exact curvature: root mean squared error for numbers, log-loss in nats
    /// for classes. See docs/model-selection.md. Rows times outputs make a matrix that has to fit into memory; a trial without the criterion fails, and says why.
    /// </summary>
    /// <param name="loss">How errors of numbers count. Default <see cref="RegressionLoss.Huber"/>: beyond the label's spread linearly.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="loss"/> is no value of its type.</exception>
    public static LeaveOneOutCriterion LeaveOneOut(RegressionLoss loss = RegressionLoss.Huber) => Enum.IsDefined(loss)
        ? new LeaveOneOutCriterion(loss)
        : throw new ArgumentOutOfRangeException(nameof(loss), loss, "The loss must be a value of its type.");

    /// <summary>
    /// The logarithm of the evidence, in nats, of one training on all rows. It compares regularisations and features well, but ranks widths and depths of networks badly, and
    /// needs the same rows and loss in all trials.
    /// </summary>
    public static EvidenceCriterion Evidence { get; } = new();

    /// <summary>
    /// The experiment's metric over folds, the same rows in each trial, averaged as ML.NET does; then the trial's model is trained on all rows. Without
    /// a metric it is the root mean squared error for numbers and the log-loss for classes. Where the experiment has rows to
    /// validate with, these are measured with in place of folds.
    /// </summary>
    /// <param name="numberOfFolds">At least 2. Default null: those of <c>SetDataset</c>.</param>
    /// <param name="seed">Of the draw of the folds. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are less than 2 folds.</exception>
    public static FoldsCriterion Folds(int? numberOfFolds = null, int seed = 1) => numberOfFolds is < 2
        ? throw new ArgumentOutOfRangeException(nameof(numberOfFolds), numberOfFolds, "There must be at least 2 folds.")
        : new FoldsCriterion(numberOfFolds, seed);

    /// <summary>Trains and judges one trial.</summary>
    internal abstract TrialScore Judge(TrialRows rows, TrialMetric metric, Func<IDataView, ITransformer> fit);
}
