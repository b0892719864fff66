using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Benchmarks.Stress;

/// <summary>What is predicted of classes.</summary>
internal sealed class Scores
{
    /// <summary>One a class.</summary>
    [ColumnName("Score")]
    public float[] Values { get; set; } = [];
}
