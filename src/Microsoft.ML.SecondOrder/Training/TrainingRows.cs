namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The rows of a data view that can be learned from, in memory.</summary>
/// <param name="Features">One row of features each.</param>
/// <param name="Labels">Numbers, 0 or 1, or class from 0, by task, row by row: [N·T]; none is missing.</param>
/// <param name="Weights">Example weights, all positive; empty where every row counts once.</param>
/// <param name="Skipped">Rows that were left out.</param>
internal sealed record TrainingRows(FloatRows Features, float[] Labels, float[] Weights, long Skipped)
{
    public int Count => Features.Count;

    /// <summary>T: numbers of the label of a row.</summary>
    public int Targets => Labels.Length / Count;

    /// <summary>The label of a row: [T].</summary>
    public Span<float> Label(int row) => Labels.AsSpan(row * Targets, Targets);
}
