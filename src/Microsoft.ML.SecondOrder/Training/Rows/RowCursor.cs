using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>One pass over a data view: yields the rows that can be learned from and counts the others.</summary>
internal sealed class RowCursor : IDisposable
{
    private const int RowsBetweenChecks = 256;

    private readonly DataViewRowCursor _cursor;
    private readonly FeatureReader _features;
    private readonly LabelReader _label;
    private readonly ValueGetter<float>? _weight;
    private readonly bool _keepsIncomplete;
    private readonly Cancellation _cancellation;

    /// <param name="data">With the columns of <paramref name="roles"/>.</param>
    /// <param name="roles">Which columns to read.</param>
    /// <param name="task">Reads the label.</param>
    /// <param name="keepsIncomplete">Whether rows with missing features are kept, the gaps as NaN.</param>
    /// <param name="cancellation">Asked every few hundred rows.</param>
    public RowCursor(IDataView data, ColumnRoles roles, LearningTask task, bool keepsIncomplete, Cancellation cancellation)
    {
        (_keepsIncomplete, _cancellation) = (keepsIncomplete, cancellation);
        var (features, label) = (roles.Features.Of(data.Schema), data.Schema[roles.Label]);
        DataViewSchema.Column? weight = roles.Weight is null ? null : data.Schema[roles.Weight];
        _cursor = data.GetRowCursor([.. features.In(data.Schema), label, .. weight is { } column ? [column] : Array.Empty<DataViewSchema.Column>()]);
        _features = features.Reader(_cursor);
        _label = task.LabelGetter(_cursor, label);
        _weight = weight is { } w ? _cursor.GetGetter<float>(w) : null;
    }

    /// <summary>Rows read so far, those that were skipped included.</summary>
    public long Read { get; private set; }

    /// <summary>Rows skipped so far because something was missing.</summary>
    public long Skipped { get; private set; }

    /// <summary>Rows with missing features that were kept.</summary>
    public long Incomplete { get; private set; }

    /// <summary>Goes to the next row that can be learned from.</summary>
    /// <param name="features">[I], overwritten.</param>
    /// <param name="label">[T], overwritten.</param>
    /// <param name="weight">Its weight; 1 without a weight column.</param>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public bool MoveNext(Span<float> features, Span<float> label, out float weight)
    {
        weight = 1;
        while (_cursor.MoveNext())
        {
            if (Read++ % RowsBetweenChecks == 0)
            {
                _cancellation.ThrowIfRequested();
            }

            _label(label);
            weight = 1;
            _weight?.Invoke(ref weight);
            // A weight of 0 leaves the row out, as in ML.NET.
            if (AreFinite(label) && float.IsFinite(weight) && weight > 0 && TakeFeatures(features))
            {
                return true;
            }

            Skipped++;
        }

        return false;
    }

    public void Dispose() => _cursor.Dispose();

    private bool TakeFeatures(Span<float> features)
    {
        _features(features);
        if (AreFinite(features))
        {
            return true;
        }

        if (!_keepsIncomplete)
        {
            return false;
        }

        Incomplete++;
        foreach (ref var value in features)
        {
            value = float.IsFinite(value) ? value : float.NaN;
        }

        return true;
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
}
