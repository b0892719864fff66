namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>How predicted classes agree with true ones.</summary>
internal sealed record ClassFigures
{
    private const double SmallestProbability = 1e-15;

    /// <summary>[true, predicted]: numbers of rows.</summary>
    public required int[,] Confusion { get; init; }

    /// <summary>Share of the rows predicted right.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean over the classes that occur of the share of their rows predicted right.</summary>
    public required double MacroAccuracy { get; init; }

    /// <summary>Mean of −ln p(true class), in nats.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Two classes: probability that a row of the second class gets a higher score than one of the first. Otherwise, or with one class only, NaN.</summary>
    public required double AreaUnderRocCurve { get; init; }

    public static ClassFigures Of(ClassEvaluation rows)
    {
        var count = rows.Classes.Count;
        var confusion = new int[count, count];
        var (right, entropy) = (0, 0.0);
        for (var r = 0; r < rows.Rows; r++)
        {
            var (label, predicted) = (rows.Labels[r], Predicted(rows.Probabilities[r]));
            confusion[label, predicted]++;
            right += label == predicted ? 1 : 0;
            entropy -= Math.Log(Math.Max(rows.Probabilities[r][label], SmallestProbability));
        }

        var recalls = Enumerable.Range(0, count).Select(c => Recall(confusion, c)).Where(double.IsFinite).ToList();
        return new ClassFigures
        {
            Confusion = confusion,
            Accuracy = right / (double)rows.Rows,
            MacroAccuracy = recalls.Average(),
            CrossEntropy = entropy / rows.Rows,
            AreaUnderRocCurve = rows.IsBinary ? AreaUnderCurve(rows) : double.NaN,
        };
    }

    /// <summary>The most probable class, the first among equals.</summary>
    public static int Predicted(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var i = 1; i < probabilities.Length; i++)
        {
            best = probabilities[i] > probabilities[best] ? i : best;
        }

        return best;
    }

    /// <summary>Share of the rows of a class predicted right; NaN where it does not occur.</summary>
    public static double Recall(int[,] confusion, int c) => confusion[c, c] / (double)Enumerable.Range(0, confusion.GetLength(0)).Sum(p => confusion[c, p]);

    /// <summary>Share of the rows predicted as a class that are of it; NaN where it is never predicted.</summary>
    public static double Precision(int[,] confusion, int c) => confusion[c, c] / (double)Enumerable.Range(0, confusion.GetLength(0)).Sum(t => confusion[t, c]);

    /// <summary>By ranks; equal scores share theirs (Mann and Whitney, 1947).</summary>
    private static double AreaUnderCurve(ClassEvaluation rows)
    {
        var sorted = Enumerable.Range(0, rows.Rows).Select(r => (Score: rows.Probabilities[r][1], IsTrue: rows.Labels[r] == 1)).OrderBy(r => r.Score).ToList();
        double trues = sorted.Count(r => r.IsTrue), falses = sorted.Count - trues, rankSum = 0;
        for (int start = 0, end; start < sorted.Count; start = end)
        {
            for (end = start; end < sorted.Count && sorted[end].Score == sorted[start].Score; end++)
            {
            }

            var rank = (start + 1 + end) / 2.0;
            rankSum += rank * sorted.Skip(start).Take(end - start).Count(r => r.IsTrue);
        }

        return (rankSum - trues * (trues + 1) / 2) / (trues * falses);
    }
}
