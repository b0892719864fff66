using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Benchmarks.Stress;

/// <summary>What is predicted of a number or of two classes.</summary>
internal sealed class Score
{
    /// <summary>The number, or the log-odds.</summary>
    [ColumnName("Score")]
    public float Value { get; set; }
}
