namespace Microsoft.ML.SecondOrder;

/// <summary>How a metric changes when a column is permuted.</summary>
/// <param name="Metric">The name of ML.NET's property, such as <c>RSquared</c>.</param>
/// <param name="Mean">Mean over the permutations of the metric with permuted values less the metric without.</param>
/// <param name="StandardError">Of <paramref name="Mean"/>; NaN for a single permutation.</param>
public sealed record MetricChange(string Metric, double Mean, double StandardError);
