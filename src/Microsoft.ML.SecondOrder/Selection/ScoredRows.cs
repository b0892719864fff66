using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>Reads the losses of scored rows, of any transformer.</summary>
/// <param name="kind">Of the label.</param>
/// <param name="label">Its column.</param>
/// <param name="weight">A column of Single that says how much a row counts, where the scored rows have it; null for none.</param>
internal sealed class ScoredRows(NetworkTask kind, string label, string? weight)
{
    /// <summary>Losses of all rows without a missing value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no such row.</exception>
    public LossRows Losses(IDataView scored, RowLoss loss)
    {
        var task = LearningTask.Of(kind);
        var scores = Column(scored.Schema, kind == NetworkTask.BinaryClassification ? "Probability" : "Score");
        var labels = scored.Schema.GetColumnOrNull(label) ?? throw ColumnRoles.Missing("label", label);
        var weights = weight is null ? null : scored.Schema.GetColumnOrNull(weight);
        using var cursor = scored.GetRowCursor([scores, labels, .. weights is { } w ? [w] : Array.Empty<DataViewSchema.Column>()]);
        var (readLabel, readScore, readWeight) = (task.LabelGetter(cursor, labels), Scores(cursor, scores), weights is { } column ? cursor.GetGetter<float>(column) : null);
        var (row, counts, rows) = (new float[task.Targets(labels)], 1f, new LossRows());
        while (cursor.MoveNext())
        {
            readLabel(row);
            var score = readScore();
            readWeight?.Invoke(ref counts);
            if (row.All(float.IsFinite) && score.All(float.IsFinite) && counts > 0)
            {
                rows.Add(loss.Of(score, row), counts);
            }
        }

        return rows.Count > 0 ? rows : throw new InvalidOperationException($"There is nothing to compare: no row has both a label in '{label}' and a score.");
    }

    private static DataViewSchema.Column Column(DataViewSchema schema, string name) => schema.GetColumnOrNull(name) ?? throw new ArgumentOutOfRangeException(
        nameof(schema), $"Candidates must end in a column '{name}', but one has none. Trainers without probabilities need a calibrator, such as BinaryClassification.Calibrators.Platt().");

    private static Func<float[]> Scores(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var (getter, single) = (row.GetGetter<float>(column), new float[1]);
            return () =>
            {
                getter(ref single[0]);
                return single;
            };
        }

        var vector = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        return () =>
        {
            vector(ref buffer);
            return buffer.DenseValues().ToArray();
        };
    }
}
