namespace Microsoft.ML.Data;

/// <summary>Counts over scored rows from which the binary metrics follow. A label above 0 is positive.</summary>
internal sealed class BinaryTally(ReadOnlyMemory<char>[] classNames)
{
    private readonly List<(float Score, bool Positive)> _scored = [];
    private double _truePositives;
    private double _falseNegatives;
    private double _falsePositives;
    private double _trueNegatives;
    private double _positivesWithProbability;
    private double _negativesWithProbability;
    private double _logLoss;

    /// <summary>Counts a row; one without label or with a score that is not finite is skipped.</summary>
    public void Add(float label, float score, float probability)
    {
        if (!float.IsFinite(score) || float.IsNaN(label))
            return;

        bool positive = label > 0;
        _scored.Add((score, positive));
        if (positive && score > 0)
            _truePositives++;
        else if (positive)
            _falseNegatives++;
        else if (score > 0)
            _falsePositives++;
        else
            _trueNegatives++;

        _logLoss += -Math.Log(positive ? probability : 1.0 - probability, 2);     // NaN without a probability
        if (float.IsNaN(probability))
            return;
        if (positive)
            _positivesWithProbability++;
        else
            _negativesWithProbability++;
    }

    /// <exception cref="ArgumentOutOfRangeException">One of the classes does not occur.</exception>
    public BinaryClassificationMetrics Finish()
    {
        float[] positives = [.. _scored.Where(row => row.Positive).Select(row => row.Score)];
        float[] negatives = [.. _scored.Where(row => !row.Positive).Select(row => row.Score)];
        if (positives.Length == 0)
            throw new ArgumentOutOfRangeException("PosSample", "AUC is not defined when there is no positive class in the data");
        if (negatives.Length == 0)
            throw new ArgumentOutOfRangeException("NegSample", "AUC is not defined when there is no negative class in the data");

        double precision = Ratio(_truePositives, _falsePositives);
        double recall = Ratio(_truePositives, _falseNegatives);
        double[][] counts = [[_truePositives, _falseNegatives], [_falsePositives, _trueNegatives]];
        return new BinaryClassificationMetrics(
            RankedAreas.UnderRoc(positives, negatives),
            (_truePositives + _trueNegatives) / _scored.Count,
            precision,
            recall,
            Ratio(_trueNegatives, _falseNegatives),
            Ratio(_trueNegatives, _falsePositives),
            precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall),
            RankedAreas.UnderPrecisionRecall(_scored),
            ConfusionMatrix.FromCounts(counts, classNames, isBinary: true));
    }

    public CalibratedBinaryClassificationMetrics FinishCalibrated()
    {
        var scores = Finish();
        double rows = _positivesWithProbability + _negativesWithProbability;
        double prior = Entropy(_positivesWithProbability / rows);
        return new CalibratedBinaryClassificationMetrics(
            scores,
            double.IsNaN(_logLoss) ? double.NaN : rows > 0 ? _logLoss / rows : 0,
            rows > 0 ? (prior - _logLoss / rows) / prior : 0,
            Entropy((_truePositives + _falseNegatives) / _scored.Count));
    }

    private static double Ratio(double hits, double misses) => hits + misses > 0 ? hits / (hits + misses) : 0;

    /// <summary>−p·log₂ p − (1−p)·log₂(1−p)</summary>
    private static double Entropy(double p)
        => p is 0 or 1 ? 0 : -p * Math.Log(p, 2) - (1 - p) * Math.Log(1 - p, 2);
}
