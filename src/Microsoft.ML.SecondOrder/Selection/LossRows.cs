namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>Losses of rows, and what each counts.</summary>
internal sealed class LossRows
{
    private readonly List<(double Loss, double Weight)> _rows = [];

    public int Count => _rows.Count;

    public void Add(double loss, double weight) => _rows.Add((loss, weight));

    public void AddRange(LossRows others) => _rows.AddRange(others._rows);

    /// <summary>The weighted mean and its standard error; infinite where a single row says nothing of it.</summary>
    public (double Mean, double StandardError) Mean()
    {
        var total = _rows.Sum(r => r.Weight);
        var mean = _rows.Sum(r => r.Weight * r.Loss) / total;
        var squares = _rows.Sum(r => Math.Pow(r.Weight * (r.Loss - mean), 2));
        return (mean, _rows.Count > 1 ? Math.Sqrt(squares * _rows.Count / (_rows.Count - 1)) / total : double.PositiveInfinity);
    }

    /// <summary>How much larger these losses are than others: on the same rows where they are as many, else of other rows.</summary>
    public (double Mean, double StandardError) Above(LossRows others)
    {
        if (others.Count != Count)
        {
            var ((mean, error), (other, otherError)) = (Mean(), others.Mean());
            return (mean - other, Math.Sqrt(error * error + otherError * otherError));
        }

        var differences = new LossRows();
        for (var i = 0; i < Count; i++)
        {
            differences.Add(_rows[i].Loss - others._rows[i].Loss, _rows[i].Weight);
        }

        return differences.Mean();
    }

    /// <summary>The first so many.</summary>
    public LossRows First(int count)
    {
        var first = new LossRows();
        first._rows.AddRange(_rows.Take(count));
        return first;
    }
}
