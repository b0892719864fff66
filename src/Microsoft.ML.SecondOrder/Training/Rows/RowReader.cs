using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Reads a data view once: all of its rows, or a sample of them where they are more than fit.</summary>
internal sealed class RowReader(ColumnRoles roles, LearningTask task, bool keepsIncomplete, Cancellation cancellation, IChannel channel)
{
    private const long MillisecondsBetweenLines = 10_000;

    /// <summary>Opens a pass over the rows.</summary>
    public RowCursor Open(IDataView data) => new(data, roles, task, keepsIncomplete, cancellation);

    /// <summary>Reads all rows whose features, label and weight are there; says how many were not.</summary>
    /// <param name="data">With the columns of the roles, checked.</param>
    /// <param name="capacity">The most rows to keep: of more, every row stays with the same probability (Vitter, 1985, algorithm R).</param>
    /// <param name="random">Draws that sample.</param>
    /// <param name="fingerprint">Takes in all rows; null for none.</param>
    /// <exception cref="InvalidOperationException">There is no such row.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public RowSample Read(IDataView data, int capacity = int.MaxValue, Random? random = null, DataFingerprint? fingerprint = null)
    {
        var features = new FloatRows(roles.Features.Of(data.Schema).Width());
        var label = new float[task.Targets(data.Schema[roles.Label])];
        var row = new float[features.Width];
        var labels = new List<float>();
        var weights = new List<float>();
        var numbers = new List<long>();
        var nextLine = Environment.TickCount64 + MillisecondsBetweenLines;
        long count = 0;

        using var cursor = Open(data);
        for (; cursor.MoveNext(row, label, out var weight); count++)
        {
            fingerprint?.Add(row);
            fingerprint?.Add(label);
            fingerprint?.Add([weight]);
            var place = features.Count < capacity ? features.Count : random!.NextInt64(count + 1);
            if (place == features.Count)
            {
                row.CopyTo(features.Add());
                labels.AddRange(label);
                weights.Add(weight);
                numbers.Add(count);
            }
            else if (place < capacity)
            {
                var at = (int)place;
                row.CopyTo(features[at]);
                label.CopyTo(CollectionsMarshal.AsSpan(labels).Slice(at * label.Length, label.Length));
                (weights[at], numbers[at]) = (weight, count);
            }

            if (Environment.TickCount64 >= nextLine)
            {
                nextLine = Environment.TickCount64 + MillisecondsBetweenLines;
                channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"Read {cursor.Read:N0} rows"));
            }
        }

        if (count == 0)
        {
            throw Nothing(cursor.Skipped);
        }

        Warn(cursor);
        var rows = new TrainingRows(features, [.. labels], roles.Weight is null ? [] : [.. weights]);
        return new RowSample(rows, [.. numbers], count, cursor.Skipped, cursor.Incomplete);
    }

    private void Warn(RowCursor cursor)
    {
        if (cursor.Skipped > 0)
        {
            channel.Warning(MessageSensitivity.None, "Skipped {0} instances with missing features/label/weight during training", cursor.Skipped);
        }

        if (cursor.Incomplete > 0)
        {
            channel.Warning(MessageSensitivity.None, "Filled missing features of {0} instances during training", cursor.Incomplete);
        }
    }

    private Exception Nothing(long skipped)
    {
        var columns = $"features '{roles.Features}', label '{roles.Label}'" + (roles.Weight is null ? "" : $", weight '{roles.Weight}'");
        return new InvalidOperationException(skipped == 0
            ? "No valid training instances found: the data has no rows."
            : $"No valid training instances found: each of the {skipped} rows has a missing value in {columns}. "
                + "ReplaceMissingValues or Options.MissingFeatures fills gaps in the features.");
    }
}
