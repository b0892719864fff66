using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.SecondOrder;

/// <summary>What a model owes to each column of its data; see <see cref="SecondOrderOperations.PermutationFeatureImportance"/>.</summary>
/// <param name="Columns">The most important first, by the main metric.</param>
/// <param name="Metrics">The metrics without any permutation, the main one first.</param>
/// <param name="Permutations">How often each column was permuted.</param>
public sealed record PermutationImportance(
    ImmutableArray<ColumnImportance> Columns, ImmutableArray<KeyValuePair<string, double>> Metrics, int Permutations)
{
    /// <summary>A table: a line a column, with mean and standard error of the change of each metric.</summary>
    public override string ToString()
    {
        var width = Columns.Select(c => c.Column.Length).Append("(without)".Length).Max() + 2;
        var text = new StringBuilder("Column".PadRight(width));
        foreach (var (metric, _) in Metrics)
        {
            text.Append(metric.PadLeft(MetricWidth));
        }

        foreach (var column in Columns)
        {
            text.AppendLine().Append(column.Column.PadRight(width));
            foreach (var change in column.Changes)
            {
                var error = double.IsNaN(change.StandardError) ? "" : string.Create(CultureInfo.InvariantCulture, $" ± {change.StandardError:G2}");
                text.Append(string.Create(CultureInfo.InvariantCulture, $"{change.Mean:+0.####;-0.####;0}{error}").PadLeft(MetricWidth));
            }
        }

        text.AppendLine().Append("(without)".PadRight(width));
        foreach (var (_, value) in Metrics)
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"{value:G5}").PadLeft(MetricWidth));
        }

        return text.ToString();
    }

    private const int MetricWidth = 22;
}
