namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Rows that were read from a data view.</summary>
/// <param name="Rows">All of them, or a sample.</param>
/// <param name="Numbers">The number of each, from 0, among the rows that can be learned from.</param>
/// <param name="Count">How many rows can be learned from.</param>
/// <param name="Skipped">Rows that were left out because something was missing.</param>
/// <param name="Incomplete">Rows with missing features that were kept.</param>
internal sealed record RowSample(TrainingRows Rows, long[] Numbers, long Count, long Skipped, long Incomplete)
{
    public bool IsAll => Count == Rows.Count;
}
