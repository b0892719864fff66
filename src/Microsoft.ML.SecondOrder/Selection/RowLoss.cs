using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>How much a prediction of one row is off, the same for all candidates.</summary>
internal abstract class RowLoss
{
    /// <summary>What an estimate of it is, in words.</summary>
    public abstract string Words { get; }

    /// <summary>By how much a candidate's training loss has to exceed the leader's for it to be hopeless.</summary>
    public abstract double HopelessRatio { get; }

    /// <summary>The loss of one row.</summary>
    /// <param name="scores">Numbers: one a target. Classes: their probabilities; for two classes the second one's.</param>
    /// <param name="label">Numbers, or the class from 0.</param>
    public abstract double Of(ReadOnlySpan<float> scores, ReadOnlySpan<float> label);

    /// <summary>From mean losses to errors.</summary>
    protected abstract ErrorEstimate Error(double mean, double standardError);

    /// <summary>The error over rows.</summary>
    public ErrorEstimate Estimate(LossRows rows)
    {
        var (mean, error) = rows.Mean();
        return Error(mean, error);
    }

    public static RowLoss Of(NetworkTask task, IReadOnlyList<double> spreads, RegressionLoss loss) => task switch
    {
        NetworkTask.Regression => new NumberLoss(spreads, loss == RegressionLoss.Huber),
        NetworkTask.BinaryClassification => new ClassLoss(isBinary: true),
        _ => new ClassLoss(isBinary: false),
    };

    /// <summary>
    /// r², or δ(2|r| − δ) beyond the label's spread δ, and no more from five of them on: what is further off is an absurd label, of which candidates say nothing.
    /// The mean over targets in units of δ, where there are several.
    /// </summary>
    private sealed class NumberLoss(IReadOnlyList<double> spreads, bool isRobust) : RowLoss
    {
        private const double Far = 5;

        public override string Words => (isRobust, spreads.Count) switch
        {
            (true, 1) => "root mean squared error, where errors beyond the label's spread count linearly, and those beyond five of them as five",
            (true, _) => "root mean squared error in units of the labels' spreads, where errors beyond 1 count linearly, and those beyond 5 as 5",
            (false, 1) => "root mean squared error",
            _ => "root mean squared error in units of the labels' spreads",
        };

        /// <summary>Several targets have several units, in which a training tells its error.</summary>
        public override double HopelessRatio => spreads.Count == 1 ? 4 : double.PositiveInfinity;

        public override double Of(ReadOnlySpan<float> scores, ReadOnlySpan<float> label)
        {
            var sum = 0.0;
            for (var t = 0; t < label.Length; t++)
            {
                var r = Math.Abs((double)scores[t] - label[t]) / spreads[t];
                var inside = Math.Min(r, 1);
                sum += isRobust ? inside * (2 * Math.Min(r, Far) - inside) : r * r;
            }

            return sum / label.Length * Unit * Unit;
        }

        protected override ErrorEstimate Error(double mean, double standardError) =>
            new(Math.Sqrt(mean), mean > 0 ? standardError / (2 * Math.Sqrt(mean)) : 0);

        private double Unit => spreads.Count == 1 ? spreads[0] : 1;
    }

    /// <summary>−log p of the row's class.</summary>
    private sealed class ClassLoss(bool isBinary) : RowLoss
    {
        /// <summary>What single precision leaves of a probability near 1.</summary>
        private const double Least = 1e-7;

        public override string Words => "log-loss in nats";

        public override double HopelessRatio => 2;

        public override double Of(ReadOnlySpan<float> scores, ReadOnlySpan<float> label)
        {
            var place = (int)label[0];
            var p = isBinary ? (place > 0 ? scores[0] : 1 - scores[0]) : place < scores.Length ? scores[place] : 0;
            return -Math.Log(Math.Max(p, Least));
        }

        protected override ErrorEstimate Error(double mean, double standardError) => new(mean, standardError);
    }
}
