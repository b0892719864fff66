using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder;

/// <summary>What a model owes to one column; see <see cref="PermutationImportance"/>.</summary>
/// <param name="Column">The name of the column in the data, ahead of the model's transforms.</param>
/// <param name="Changes">One a metric, the main one first.</param>
public sealed record ColumnImportance(string Column, ImmutableArray<MetricChange> Changes);
