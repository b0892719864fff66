using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What takes the place of missing features, and which columns get an input that says that they were missing.</summary>
/// <param name="Values">[d], in the features' unit.</param>
/// <param name="Indicators">Columns in which features were missing in training, ascending; their inputs follow those of the features.</param>
internal sealed record Imputation(ImmutableArray<double> Values, ImmutableArray<int> Indicators)
{
    /// <summary>Medians or means of what is there; 0 for a column in which nothing is.</summary>
    public static Imputation Fit(FloatRows rows, MissingFeatures kind)
    {
        var values = new double[rows.Width];
        var indicators = ImmutableArray.CreateBuilder<int>();
        var column = new float[rows.Count];
        for (var c = 0; c < values.Length; c++)
        {
            var present = 0;
            for (var r = 0; r < rows.Count; r++)
            {
                if (!float.IsNaN(rows[r][c]))
                {
                    column[present++] = rows[r][c];
                }
            }

            values[c] = present == 0 ? 0 : kind == MissingFeatures.ImputeMean ? Mean(column.AsSpan(0, present)) : RobustSpread.Of(column.AsSpan(0, present), []).Median;
            if (present < rows.Count)
            {
                indicators.Add(c);
            }
        }

        return new Imputation([.. values], indicators.ToImmutable());
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }
}
