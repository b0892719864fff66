namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>Whether what is called 80 % probable happens in 80 % of the cases.</summary>
/// <param name="Bins">Bins with rows in them, ascending.</param>
/// <param name="ExpectedError">Σ n_b / N · |share − probability| over the bins (Naeini, Cooper and Hauskrecht, 2015).</param>
internal sealed record Calibration(IReadOnlyList<CalibrationBin> Bins, double ExpectedError)
{
    private const int BinCount = 10;

    /// <summary>Two classes: of the second one. More: of the predicted class.</summary>
    public static Calibration Of(ClassEvaluation rows)
    {
        var bins = new (int Rows, double Probability, int Right)[BinCount];
        for (var r = 0; r < rows.Rows; r++)
        {
            var judged = rows.IsBinary ? 1 : ClassFigures.Predicted(rows.Probabilities[r]);
            var probability = Math.Clamp(rows.Probabilities[r][judged], 0, 1);
            ref var bin = ref bins[Math.Min((int)(probability * BinCount), BinCount - 1)];
            bin = (bin.Rows + 1, bin.Probability + probability, bin.Right + (rows.Labels[r] == judged ? 1 : 0));
        }

        var filled = bins.Where(b => b.Rows > 0).Select(b => new CalibrationBin(b.Rows, b.Probability / b.Rows, b.Right / (double)b.Rows)).ToList();
        return new Calibration(filled, filled.Sum(b => b.Rows / (double)rows.Rows * Math.Abs(b.Share - b.Probability)));
    }
}

/// <summary>Rows of similar probability.</summary>
/// <param name="Rows">Their number.</param>
/// <param name="Probability">Their mean predicted probability.</param>
/// <param name="Share">The share of them for which it came true.</param>
internal sealed record CalibrationBin(int Rows, double Probability, double Share);
