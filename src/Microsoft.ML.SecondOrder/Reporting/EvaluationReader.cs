using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Reporting;

/// <summary>Scores rows and keeps the predictions beside the labels.</summary>
internal static class EvaluationReader
{
    /// <param name="network">The network.</param>
    /// <param name="data">Rows as the network reads them, with labels of the type that it was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label or the features are missing or of another type.</exception>
    public static Evaluation Read(NeuralNetworkPredictionTransformer network, IDataView data)
    {
        var model = network.Model;
        var task = LearningTask.Of(model.Task);
        var label = data.Schema.GetColumnOrNull(model.LabelColumnName) ?? throw ColumnRoles.Missing("label", model.LabelColumnName);
        task.CheckLabel(SchemaShapes.Of(data.Schema).Find(model.LabelColumnName)!.Value);
        var scored = network.Transform(data);
        return model.Task == NetworkTask.Regression ? Numbers(scored, label, task, model) : Classes(scored, label, task, model);
    }

    private static RegressionEvaluation Numbers(IDataView scored, DataViewSchema.Column label, LearningTask task, FittedNetwork model)
    {
        var column = scored.Schema["Score"];
        var names = TargetNames(model);
        var (labels, scores) = (names.Select(_ => new List<float>()).ToArray(), names.Select(_ => new List<float>()).ToArray());
        var skipped = 0L;
        using var cursor = scored.GetRowCursor([scored.Schema[label.Index], column]);
        var readLabel = task.LabelGetter(cursor, scored.Schema[label.Index]);
        var readScore = column.Type is VectorDataViewType ? Vector(cursor, column) : Single(cursor, column, value => [value]);
        var row = new float[names.Count];
        while (cursor.MoveNext())
        {
            readLabel(row);
            var score = readScore();
            if (row.All(float.IsFinite) && score.All(float.IsFinite))
            {
                for (var t = 0; t < row.Length; t++)
                {
                    labels[t].Add(row[t]);
                    scores[t].Add(score[t]);
                }
            }
            else
            {
                skipped++;
            }
        }

        return new RegressionEvaluation([.. names.Select((n, t) => new TargetEvaluation(n, labels[t], scores[t]))]) { SkippedRows = skipped };
    }

    private static ClassEvaluation Classes(IDataView scored, DataViewSchema.Column label, LearningTask task, FittedNetwork model)
    {
        var isBinary = model.Task == NetworkTask.BinaryClassification;
        var column = scored.Schema[isBinary ? "Probability" : "Score"];
        var (labels, probabilities) = (new List<int>(), new List<float[]>());
        var skipped = 0L;
        using var cursor = scored.GetRowCursor([scored.Schema[label.Index], column]);
        var readLabel = task.LabelGetter(cursor, scored.Schema[label.Index]);
        var read = isBinary ? Single(cursor, column, p => [1 - p, p]) : Vector(cursor, column);
        var value = new float[1];
        while (cursor.MoveNext())
        {
            readLabel(value);
            var row = read();
            if (value[0] >= 0 && value[0] < row.Length && row.All(float.IsFinite))
            {
                labels.Add((int)value[0]);
                probabilities.Add(row);
            }
            else
            {
                skipped++;
            }
        }

        return new ClassEvaluation(Names(model, isBinary), labels, probabilities) { SkippedRows = skipped, IsBinary = isBinary };
    }

    private static Func<float[]> Single(DataViewRow row, DataViewSchema.Column column, Func<float, float[]> numbers)
    {
        var getter = row.GetGetter<float>(column);
        var value = 0f;
        return () =>
        {
            getter(ref value);
            return numbers(value);
        };
    }

    private static Func<float[]> Vector(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        return () =>
        {
            getter(ref value);
            return [.. value.DenseValues()];
        };
    }

    private static IReadOnlyList<string> TargetNames(FittedNetwork model) => model.Label switch
    {
        { VectorType: null } => [model.LabelColumnName],
        { SlotNames.Length: > 0 } label => [.. label.SlotNames.Select((n, t) => n.Length > 0 ? n : Numbered(model, t))],
        _ => [.. Enumerable.Range(0, model.Shape.Outputs).Select(t => Numbered(model, t))],
    };

    private static string Numbered(FittedNetwork model, int target) => FormattableString.Invariant($"{model.LabelColumnName}[{target}]");

    private static IReadOnlyList<string> Names(FittedNetwork model, bool isBinary) => isBinary
        ? ["false", "true"]
        : model.Label.Keys?.Texts() ?? [.. Enumerable.Range(1, model.Shape.Outputs).Select(k => FormattableString.Invariant($"{k}"))];
}
