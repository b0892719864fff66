namespace Microsoft.ML.Data;

/// <summary>Sums over scored rows from which the regression metrics follow.</summary>
internal sealed class RegressionTally
{
    private double _rows;
    private double _absolute;
    private double _squared;
    private double _loss;
    private double _labels;
    private double _squaredLabels;

    /// <summary>Counts a row; one without label or score is skipped.</summary>
    public void Add(float label, float score)
    {
        if (float.IsNaN(label) || float.IsNaN(score))
            return;

        double residual = Math.Abs((double)label - score);
        float difference = score - label;
        _rows++;
        _absolute += residual;
        _squared += residual * residual;
        _loss += difference * difference;       // single precision, as the loss function computes it
        _labels += label;
        _squaredLabels += label * label;        // likewise
    }

    public RegressionMetrics Finish()
    {
        if (_rows == 0)
            return new RegressionMetrics(0, 0, 0, 0, 0);

        double variation = _squaredLabels - _labels * _labels / _rows;
        return new RegressionMetrics(
            _absolute / _rows,
            _squared / _rows,
            Math.Sqrt(_squared / _rows),
            _loss / _rows,
            variation == 0 ? double.NaN : 1 - _squared / variation);
    }
}
