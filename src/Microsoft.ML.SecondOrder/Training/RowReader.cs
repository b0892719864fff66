using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Reads a data view once into memory.</summary>
internal sealed class RowReader(ColumnRoles roles, LearningTask task, Cancellation cancellation, IChannel channel)
{
    private const int RowsBetweenChecks = 1024;

    /// <summary>Reads all rows whose features, label and weight are there; says how many were not.</summary>
    /// <exception cref="InvalidOperationException">There is no such row.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public TrainingRows Read(IDataView data)
    {
        var features = new FloatRows(roles.FeatureType(data.Schema).Size);
        var labels = new List<float>();
        var label = new float[task.Targets(data.Schema[roles.Label])];
        var weights = new List<float>();
        long skipped = 0;

        using (var cursor = data.GetRowCursor(Columns(data.Schema)))
        {
            var read = RowGetter(cursor);
            for (var n = 0L; cursor.MoveNext(); n++)
            {
                if (n % RowsBetweenChecks == 0)
                {
                    cancellation.ThrowIfRequested();
                }

                if (read(features.Add(), label) is { } weight)
                {
                    labels.AddRange(label);
                    weights.Add(weight);
                }
                else
                {
                    features.RemoveLast();
                    skipped++;
                }
            }
        }

        if (weights.Count == 0)
        {
            throw Nothing(skipped);
        }

        if (skipped > 0)
        {
            channel.Warning(MessageSensitivity.None, "Skipped {0} instances with missing features/label/weight during training", skipped);
        }

        return new TrainingRows(features, [.. labels], roles.Weight is null ? [] : [.. weights], skipped);
    }

    private IEnumerable<DataViewSchema.Column> Columns(DataViewSchema schema)
    {
        yield return schema[roles.Features];
        yield return schema[roles.Label];
        if (roles.Weight is not null)
        {
            yield return schema[roles.Weight];
        }
    }

    /// <summary>Writes features and label of the current row and returns its weight, or null if something is missing.</summary>
    private ReadRow RowGetter(DataViewRow row)
    {
        var features = row.GetGetter<VBuffer<float>>(row.Schema[roles.Features]);
        var label = task.LabelGetter(row, row.Schema[roles.Label]);
        var weight = roles.Weight is null ? null : row.GetGetter<float>(row.Schema[roles.Weight]);
        VBuffer<float> buffer = default;
        return (target, y) =>
        {
            label(y);
            var w = 1f;
            weight?.Invoke(ref w);
            features(ref buffer);
            buffer.CopyTo(target);
            // A weight of 0 leaves the row out, as in ML.NET.
            return AreFinite(y) && float.IsFinite(w) && w > 0 && AreFinite(buffer.GetValues()) ? w : null;
        };
    }

    private static bool AreFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    private Exception Nothing(long skipped)
    {
        var columns = $"features '{roles.Features}', label '{roles.Label}'" + (roles.Weight is null ? "" : $", weight '{roles.Weight}'");
        return new InvalidOperationException(skipped == 0
            ? "No valid training instances found: the data has no rows."
            : $"No valid training instances found: each of the {skipped} rows has a missing value in {columns}. "
                + "ReplaceMissingValues fills gaps in the features.");
    }

    private delegate float? ReadRow(Span<float> features, Span<float> label);
}
