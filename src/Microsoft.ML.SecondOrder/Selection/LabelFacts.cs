using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>What the labels of all rows say: how many there are, and how far numbers spread.</summary>
/// <param name="Rows">Rows with a label.</param>
/// <param name="Outputs">Numbers of a label, or classes; 1 for two classes.</param>
/// <param name="Spreads">Of each number; empty for classes.</param>
internal sealed record LabelFacts(int Rows, int Outputs, ImmutableArray<double> Spreads)
{
    /// <exception cref="ArgumentOutOfRangeException">The label is missing or has the wrong type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public static LabelFacts Read(IDataView data, string column, NetworkTask kind)
    {
        var task = LearningTask.Of(kind);
        task.CheckLabel(SchemaShapes.Of(data.Schema).Find(column) ?? throw ColumnRoles.Missing("label", column));
        var label = data.Schema[column];
        var outputs = task.Outputs(label);
        var values = Enumerable.Range(0, task.Targets(label)).Select(_ => new List<float>()).ToArray();
        using var cursor = data.GetRowCursor([label]);
        var read = task.LabelGetter(cursor, label);
        var row = new float[values.Length];
        while (cursor.MoveNext())
        {
            read(row);
            if (row.All(float.IsFinite))
            {
                for (var t = 0; t < row.Length; t++)
                {
                    values[t].Add(row[t]);
                }
            }
        }

        if (values[0].Count == 0)
        {
            throw new InvalidOperationException($"There is nothing to select by: no row has a label in '{column}'.");
        }

        return new LabelFacts(values[0].Count, outputs, kind == NetworkTask.Regression
            ? [.. values.Select(v => TargetScaling.FitRobust(v.ToArray(), []).Scale)]
            : []);
    }
}
