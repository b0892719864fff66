using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// Rows that are read anew each epoch and pass through a buffer: the next one is drawn from it, and a row from the data view
/// takes its place.
/// </summary>
/// <param name="open">Opens a pass over the data view.</param>
/// <param name="scaling">What happens to a row.</param>
/// <param name="holdOut">Which rows are left to validation.</param>
/// <param name="count">Rows of an epoch, those left out.</param>
/// <param name="shape">Features and numbers of the label of a row.</param>
/// <param name="hasWeights">Whether rows have weights.</param>
/// <param name="capacity">Rows of the buffer.</param>
/// <param name="seed">Of the draws.</param>
internal sealed class StreamedRows(
    Func<RowCursor> open, RowScaling scaling, HoldOut holdOut, int count, (int Features, int Targets) shape, bool hasWeights, int capacity, long seed) : RowSource
{
    private readonly FloatRows _features = new(shape.Features);
    private readonly List<float[]> _labels = [];
    private readonly List<float> _weights = [];
    private RowCursor? _cursor;
    private Random? _random;
    private long _number;
    private int _filled;

    public override int Count => count;

    public override int Inputs => scaling.Features.Inputs;

    public override int Targets => shape.Targets;

    public override bool HasWeights => hasWeights;

    [MemberNotNull(nameof(_cursor), nameof(_random))]
    public override void Begin(int epoch)
    {
        _cursor?.Dispose();
        _cursor = open();
        _random = Seeds.Random(seed, epoch);
        (_number, _filled) = (0, 0);
        while (_filled < capacity && Read(_filled))
        {
            _filled++;
        }
    }

    public override float Next(Span<float> inputs, Span<float> targets)
    {
        var at = Draw();
        var weight = scaling.Apply(_features[at], _labels[at], _weights[at], inputs, targets);
        Replace(at);
        return weight;
    }

    public override void Skip(int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            Replace(Draw());
        }
    }

    public override void Dispose() => _cursor?.Dispose();

    /// <exception cref="InvalidOperationException">The data view has fewer rows than in an earlier pass.</exception>
    private int Draw() => _filled > 0
        ? _random!.Next(_filled)
        : throw new InvalidOperationException(
            $"The data had {count} rows when it was first read, but has fewer now. Save it or AppendCacheCheckpoint, so that each pass gives the same rows.");

    /// <summary>Puts the next row of the data view in the place of one that was drawn, or the last of the buffer.</summary>
    private void Replace(int at)
    {
        if (Read(at))
        {
            return;
        }

        _filled--;
        if (at < _filled)
        {
            _features[_filled].CopyTo(_features[at]);
            (_labels[at], _labels[_filled]) = (_labels[_filled], _labels[at]);
            _weights[at] = _weights[_filled];
        }
    }

    private bool Read(int at)
    {
        if (at == _features.Count)
        {
            _features.Add();
            _labels.Add(new float[shape.Targets]);
            _weights.Add(1);
        }

        while (_cursor!.MoveNext(_features[at], _labels[at], out var weight))
        {
            if (!holdOut.Takes(_number++))
            {
                _weights[at] = weight;
                return true;
            }
        }

        return false;
    }
}
