using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Finds the value to replace missing ones with: of each slot, or one for all.</summary>
internal abstract class Imputation
{
    public abstract void ProcessRow();

    /// <summary>An array with one value, or one per slot.</summary>
    public abstract Array Finish(IChannel channel);

    public static Imputation Create(DataViewRow row, DataViewSchema.Column input, MissingValueReplacingEstimator.ReplacementMode mode, bool bySlot)
        => input.Type.GetItemType() == NumberDataViewType.Single
            ? new Imputation<float>(row, input, mode, bySlot)
            : new Imputation<double>(row, input, mode, bySlot);
}

internal sealed class Imputation<T> : Imputation where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Statistic[] _statistics;
    private readonly ValueGetter<T> _scalarGetter;
    private readonly ValueGetter<VBuffer<T>> _vectorGetter;
    private readonly bool _bySlot;
    private long _count;
    private T _scalar;
    private VBuffer<T> _vector;

    public Imputation(DataViewRow row, DataViewSchema.Column input, MissingValueReplacingEstimator.ReplacementMode mode, bool bySlot)
    {
        _bySlot = bySlot && input.Type is VectorDataViewType;
        _statistics = Enumerable.Range(0, _bySlot ? input.Type.GetValueCount() : 1).Select(_ => Make(mode)).ToArray();
        if (input.Type is VectorDataViewType)
            _vectorGetter = row.GetGetter<VBuffer<T>>(input);
        else
            _scalarGetter = row.GetGetter<T>(input);
    }

    public override void ProcessRow()
    {
        if (_scalarGetter != null)
        {
            _count++;
            _scalarGetter(ref _scalar);
            _statistics[0].Add(_scalar);
            return;
        }

        _vectorGetter(ref _vector);
        _count += _bySlot ? 1 : _vector.Length;
        var values = _vector.GetValues();
        var indices = _vector.GetIndices();
        for (int i = 0; i < values.Length; i++)
            _statistics[!_bySlot ? 0 : indices.IsEmpty ? i : indices[i]].Add(values[i]);
    }

    public override Array Finish(IChannel channel) => _statistics.Select(statistic => statistic.Finish(_count, channel)).ToArray();

    private static Statistic Make(MissingValueReplacingEstimator.ReplacementMode mode) => mode switch
    {
        MissingValueReplacingEstimator.ReplacementMode.Mean => new Mean(),
        MissingValueReplacingEstimator.ReplacementMode.Minimum => new Extreme(-1),
        MissingValueReplacingEstimator.ReplacementMode.Maximum => new Extreme(1),
        MissingValueReplacingEstimator.ReplacementMode.Mode => new MostFrequent(),
        _ => throw Contracts.ExceptParam(nameof(mode), $"Unknown replacement mode '{mode}'"),
    };

    /// <summary>Sees the explicit values; the others, up to the count, are zeros.</summary>
    private abstract class Statistic
    {
        public abstract void Add(T value);

        public abstract T Finish(long count, IChannel channel);
    }

    private sealed class Mean : Statistic
    {
        private long _missing;
        private long _numbers;
        private double _mean;

        public override void Add(T value)
        {
            double x = double.CreateTruncating(value);
            if (x == 0)
                return;
            if (!double.IsFinite(x))
            {
                _missing++;
                return;
            }

            _numbers++;
            // Numbers of different signs: no difference, which might overflow.
            if (_mean > 0 ^ x > 0)
                _mean = _mean - _mean / _numbers + x / _numbers;
            else
                _mean += (x - _mean) / _numbers;
        }

        public override T Finish(long count, IChannel channel)
        {
            if (count == _missing)
            {
                channel.Warning(MessageSensitivity.None, "All values in this column are NAs, using default value for imputation");
                return T.Zero;
            }

            return T.CreateTruncating(_mean * ((double)_numbers / (count - _missing)));
        }
    }

    private sealed class Extreme(int sign) : Statistic
    {
        private T _best = sign > 0 ? T.NegativeInfinity : T.PositiveInfinity;
        private long _seen;

        public override void Add(T value)
        {
            _seen++;
            if (sign > 0 ? value > _best : value < _best)
                _best = value;
        }

        public override T Finish(long count, IChannel channel)
        {
            if (_seen < count)
                Add(T.Zero);
            return _best;
        }
    }

    private sealed class MostFrequent : Statistic
    {
        private readonly Dictionary<T, int> _counts = [];
        private T _best;
        private int _bestCount;

        public override void Add(T value)
        {
            if (!T.IsFinite(value))
                return;
            int count = _counts.GetValueOrDefault(value) + 1;
            _counts[value] = count;
            if (count > _bestCount)
                (_best, _bestCount) = (value, count);
        }

        public override T Finish(long count, IChannel channel) => _best;
    }
}
