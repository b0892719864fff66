namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a training learns from. Owns the source of its rows.</summary>
/// <param name="Rows">Rows to learn from.</param>
/// <param name="Validation">Rows to measure with; null for none.</param>
/// <param name="Scaling">What happened to them.</param>
/// <param name="Skipped">Rows that were left out because something was missing.</param>
/// <param name="Incomplete">Rows with missing features that were filled.</param>
/// <param name="Fingerprint">Differs where the data does; 0 where nobody asks for it.</param>
internal sealed record TrainingData(
    RowSource Rows, ValidationRows? Validation, RowScaling Scaling, long Skipped, long Incomplete, ulong Fingerprint) : IDisposable
{
    public void Dispose() => Rows.Dispose();
}
