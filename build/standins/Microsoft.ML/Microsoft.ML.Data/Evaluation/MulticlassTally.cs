namespace Microsoft.ML.Data;

/// <summary>Counts over scored rows from which the multiclass metrics follow. Labels are class numbers from 0.</summary>
internal sealed class MulticlassTally(ReadOnlyMemory<char>[] classNames)
{
    /// <summary>Scores are clipped to this before their logarithm is taken; it is also the score of an unknown class.</summary>
    private const float Epsilon = 1e-15f;

    private readonly int _classes = classNames.Length;
    private readonly double[][] _confusion = [.. classNames.Select(_ => new double[classNames.Length])];
    private readonly double[] _rowsOfClass = new double[classNames.Length];
    private readonly double[] _logLossOfClass = new double[classNames.Length];
    private readonly double[] _ranks = new double[classNames.Length + 1];
    private double _rows;
    private double _logLoss;

    /// <summary>Counts a row; one with a missing, negative or fractional label or a score that is not finite is skipped.</summary>
    public void Add(float label, ReadOnlySpan<float> scores)
    {
        if (float.IsNaN(label) || label < 0 || label != (int)label || !AllFinite(scores))
            return;

        int truth = (int)label;
        bool known = truth < _classes;
        double logLoss = -Math.Log(known ? Math.Min(1, Math.Max(Epsilon, scores[truth])) : Epsilon);
        var (rank, predicted) = Rank(truth, known ? scores[truth] : 0, scores);

        _rows++;
        _logLoss += logLoss;
        _ranks[rank]++;
        if (!known)
            return;
        _rowsOfClass[truth]++;
        _logLossOfClass[truth] += logLoss;
        _confusion[truth][rank == 0 ? truth : predicted]++;
    }

    /// <param name="topK">How many of the highest scores count as a hit in the top-k accuracy; 0 for none.</param>
    public MulticlassClassificationMetrics Finish(int topK)
    {
        if (topK > _ranks.Length)
            throw new IndexOutOfRangeException($"The top-k accuracy was asked for k = {topK}, but there are only {_classes} classes.");

        int occurring = _rowsOfClass.Count(rows => rows > 0);
        double accuracies = Enumerable.Range(0, _classes).Where(c => _rowsOfClass[c] > 0).Sum(c => _confusion[c][c] / _rowsOfClass[c]);
        double entropy = _rowsOfClass.Where(rows => rows != 0).Sum(rows => rows * Math.Log(rows / _rows)) / -_rows;
        double logLoss = _rows > 0 ? _logLoss / _rows : 0;
        return new MulticlassClassificationMetrics(
            _rows > 0 ? _ranks[0] / _rows : 0,
            occurring > 0 ? accuracies / occurring : 0,
            logLoss,
            (entropy - logLoss) / entropy,
            topK,
            topK > 0 ? TopKAccuracies(topK) : null,
            [.. Enumerable.Range(0, _classes).Select(c => _rowsOfClass[c] > 0 ? _logLossOfClass[c] / _rowsOfClass[c] : 0)],
            ConfusionMatrix.FromCounts(_confusion, classNames, isBinary: false));
    }

    private double[] TopKAccuracies(int topK)
    {
        var accuracies = new double[topK];
        double sum = 0;
        for (int k = 0; k < topK; k++)
            accuracies[k] = sum += _ranks[k] / _rows;
        return accuracies;
    }

    /// <summary>The number of scores before the true class's, and the class of the highest score; of equal scores the first leads.</summary>
    private static (int Rank, int Predicted) Rank(int truth, float truthScore, ReadOnlySpan<float> scores)
    {
        int rank = 0, predicted = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            if (scores[c] > truthScore || scores[c] == truthScore && c < truth)
                rank++;
            if (scores[c] > scores[predicted])
                predicted = c;
        }
        return (rank, predicted);
    }

    private static bool AllFinite(ReadOnlySpan<float> scores)
    {
        foreach (float score in scores)
        {
            if (!float.IsFinite(score))
                return false;
        }
        return true;
    }
}
