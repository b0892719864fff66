namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>How far predicted numbers are from true ones.</summary>
/// <param name="RSquared">1 − Σ(y − ŷ)² / Σ(y − ȳ)²; NaN where all labels are equal.</param>
/// <param name="MeanAbsoluteError">Mean of |y − ŷ|.</param>
/// <param name="RootMeanSquaredError">Root of the mean of (y − ŷ)².</param>
/// <param name="MedianAbsoluteError">Median of |y − ŷ|.</param>
internal sealed record RegressionFigures(double RSquared, double MeanAbsoluteError, double RootMeanSquaredError, double MedianAbsoluteError)
{
    public static RegressionFigures Of(TargetEvaluation target)
    {
        var (labels, n) = (target.Labels, target.Labels.Count);
        var errors = labels.Zip(target.Scores, (y, score) => (double)y - score).ToArray();
        var mean = labels.Average(y => (double)y);
        var total = labels.Sum(y => (y - mean) * (y - mean));
        var squares = errors.Sum(e => e * e);
        var absolute = errors.Select(Math.Abs).Order().ToArray();
        return new RegressionFigures(
            total > 0 ? 1 - squares / total : double.NaN, absolute.Sum() / n, Math.Sqrt(squares / n), Quantile(absolute, 0.5));
    }

    /// <summary>The value below which a share of the <paramref name="sorted"/> values lies, interpolated.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        var place = share * (sorted.Count - 1);
        var below = (int)place;
        return below + 1 < sorted.Count ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[^1];
    }
}
