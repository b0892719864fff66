namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Rows of a data view that can be learned from, in memory.</summary>
/// <param name="Features">One row of features each.</param>
/// <param name="Labels">Numbers, 0 or 1, or class from 0, by task, row by row: [N·T]; none is missing.</param>
/// <param name="Weights">Example weights, all positive; empty where every row counts once.</param>
internal sealed record TrainingRows(FloatRows Features, float[] Labels, float[] Weights)
{
    public int Count => Features.Count;

    /// <summary>T: numbers of the label of a row.</summary>
    public int Targets => Labels.Length / Count;

    /// <summary>The label of a row: [T].</summary>
    public Span<float> Label(int row) => Labels.AsSpan(row * Targets, Targets);

    /// <summary>Copies of some rows.</summary>
    public TrainingRows Of(ReadOnlySpan<int> rows)
    {
        var features = new FloatRows(Features.Width);
        var labels = new float[rows.Length * Targets];
        var weights = Weights.Length == 0 ? [] : new float[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            Features[rows[i]].CopyTo(features.Add());
            Label(rows[i]).CopyTo(labels.AsSpan(i * Targets));
            if (weights.Length > 0)
            {
                weights[i] = Weights[rows[i]];
            }
        }

        return new TrainingRows(features, labels, weights);
    }
}
