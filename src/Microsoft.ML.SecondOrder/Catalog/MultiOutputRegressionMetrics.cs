using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.SecondOrder;

/// <summary>How well several numbers are predicted at once; see <see cref="SecondOrderOperations.EvaluateMultiOutputRegression"/>.</summary>
/// <param name="Targets">One a slot of the label, in order.</param>
public sealed record MultiOutputRegressionMetrics(ImmutableArray<TargetMetrics> Targets)
{
    /// <summary>Rows that were counted.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows left out because a slot of label or score was missing.</summary>
    public required long SkippedRows { get; init; }

    /// <summary>Mean over the targets of their mean absolute error, whatever their units.</summary>
    public double MeanAbsoluteError => Targets.Average(t => t.MeanAbsoluteError);

    /// <summary>Mean over the targets of their root mean squared error, whatever their units.</summary>
    public double RootMeanSquaredError => Targets.Average(t => t.RootMeanSquaredError);

    /// <summary>Mean over the targets of their R².</summary>
    public double RSquared => Targets.Average(t => t.RSquared);

    /// <inheritdoc/>
    public bool Equals(MultiOutputRegressionMetrics? other) => other is not null
        && (Rows, SkippedRows) == (other.Rows, other.SkippedRows) && Targets.AsSpan().SequenceEqual(other.Targets.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rows, SkippedRows, Targets.Length);

    /// <summary>A table: a line a target, then one of means.</summary>
    public override string ToString()
    {
        var lines = Targets.Append(new TargetMetrics("mean")
        {
            MeanAbsoluteError = MeanAbsoluteError,
            MeanSquaredError = Targets.Average(t => t.MeanSquaredError),
            RootMeanSquaredError = RootMeanSquaredError,
            RSquared = RSquared,
        }).ToList();
        var width = Math.Max("Target".Length, lines.Max(l => l.Name.Length)) + 2;
        var text = new StringBuilder();
        text.Append("Target".PadRight(width)).AppendLine("         MAE        RMSE       R²");
        foreach (var line in lines)
        {
            text.Append(line.Name.PadRight(width)).AppendLine(string.Create(
                CultureInfo.InvariantCulture, $"{line.MeanAbsoluteError,12:G5}{line.RootMeanSquaredError,12:G5}{line.RSquared,9:F4}"));
        }

        return text.Append(CultureInfo.InvariantCulture, $"{Rows} rows")
            .Append(SkippedRows == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {SkippedRows} skipped for missing values")).ToString();
    }
}
