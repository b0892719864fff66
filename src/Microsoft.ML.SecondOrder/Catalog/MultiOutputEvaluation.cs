using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>Compares a vector of scores with a vector label, in one pass.</summary>
internal static class MultiOutputEvaluation
{
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or is no vector of Single, or their sizes differ.</exception>
    /// <exception cref="InvalidOperationException">There is no row without a missing value.</exception>
    public static MultiOutputRegressionMetrics Run(IDataView data, string labelColumn, string scoreColumn)
    {
        var label = Column(data.Schema, "label", labelColumn, null);
        var score = Column(data.Schema, "score", scoreColumn, ((VectorDataViewType)label.Type).Size);
        var sums = new Sum[((VectorDataViewType)label.Type).Size];
        var (rows, skipped) = Read(data, label, score, sums);
        if (rows == 0)
        {
            throw new InvalidOperationException(skipped == 0
                ? "There is nothing to evaluate: the data has no rows."
                : $"There is nothing to evaluate: each of the {skipped} rows has a missing value in label '{labelColumn}' or score '{scoreColumn}'.");
        }

        var names = SlotNames.Of(label) is { IsEmpty: false } own ? own : SlotNames.Of(score);
        return new MultiOutputRegressionMetrics([.. sums.Select((s, t) => s.Metrics(names.IsEmpty ? t.ToString() : names[t], rows))])
        {
            Rows = rows,
            SkippedRows = skipped,
        };
    }

    private static DataViewSchema.Column Column(DataViewSchema schema, string role, string name, int? size)
    {
        var column = schema.GetColumnOrNull(name) ?? throw ColumnRoles.Missing(role, name);
        return column.Type is VectorDataViewType { IsKnownSize: true, ItemType: NumberDataViewType item } type
            && item.RawType == typeof(float) && (size ?? type.Size) == type.Size
            ? column
            : throw ColumnRoles.Mismatch(
                role, name, size is null ? "Vector<Single>" : $"Vector<Single, {size}>", column.Type.ToString()!,
                "Regression.Evaluate compares single numbers.");
    }

    private static (long Rows, long Skipped) Read(IDataView data, DataViewSchema.Column label, DataViewSchema.Column score, Sum[] sums)
    {
        using var cursor = data.GetRowCursor([label, score]);
        var (labels, scores) = (cursor.GetGetter<VBuffer<float>>(label), cursor.GetGetter<VBuffer<float>>(score));
        var (y, f) = (new float[sums.Length], new float[sums.Length]);
        VBuffer<float> buffer = default;
        long rows = 0, skipped = 0;
        while (cursor.MoveNext())
        {
            labels(ref buffer);
            buffer.CopyTo(y);
            scores(ref buffer);
            buffer.CopyTo(f);
            if (y.Any(float.IsNaN) || f.Any(float.IsNaN))
            {
                skipped++;
                continue;
            }

            rows++;
            for (var t = 0; t < sums.Length; t++)
            {
                sums[t].Add(y[t], f[t], rows);
            }
        }

        return (rows, skipped);
    }

    /// <summary>Sums over the rows of one target; the label's mean and spread run along (Welford, 1962).</summary>
    private struct Sum
    {
        private double _absolute;
        private double _squared;
        private double _mean;
        private double _spread;

        public void Add(double label, double score, long count)
        {
            var error = score - label;
            _absolute += Math.Abs(error);
            _squared += error * error;
            var before = label - _mean;
            _mean += before / count;
            _spread += before * (label - _mean);
        }

        public readonly TargetMetrics Metrics(string name, long rows) => new(name)
        {
            MeanAbsoluteError = _absolute / rows,
            MeanSquaredError = _squared / rows,
            RootMeanSquaredError = Math.Sqrt(_squared / rows),
            RSquared = 1 - _squared / _spread,
        };
    }
}
