using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>Gathers what a normalizer needs, slot by slot; items that a sparse vector leaves out are counted at the end, as zeros.</summary>
internal abstract class NormalizerLearner<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    protected long Rows { get; private set; }

    public void Process(in VBuffer<T> row)
    {
        Rows++;
        var values = row.GetValues();
        var indices = row.GetIndices();
        for (int i = 0; i < values.Length; i++)
            Update(indices.IsEmpty ? i : indices[i], values[i]);
    }

    public abstract ColumnNormalizer Finish(DataViewType type);

    protected abstract void Update(int slot, T value);

    /// <summary>x ↦ (x − offset)·scale, without offsets if all are zero.</summary>
    protected static ColumnNormalizer Affine(DataViewType type, int size, Func<int, (T Scale, T Offset)> slot)
    {
        var (scales, offsets) = (new T[size], new T[size]);
        for (int i = 0; i < size; i++)
            (scales[i], offsets[i]) = slot(i);
        return new AffineNormalizer<T>(type, scales, type is VectorDataViewType && offsets.All(T.IsZero) ? null : offsets);
    }
}

/// <summary>Scales to [0, 1], or with zero fixed to [−1, 1].</summary>
internal sealed class MinMaxLearner<T> : NormalizerLearner<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly bool _fixZero;
    private readonly T[] _min;
    private readonly T[] _max;
    private readonly long[] _counts;

    public MinMaxLearner(int size, bool fixZero)
    {
        _fixZero = fixZero;
        _min = Enumerable.Repeat(T.PositiveInfinity, size).ToArray();
        _max = Enumerable.Repeat(T.NegativeInfinity, size).ToArray();
        _counts = new long[size];
    }

    public override ColumnNormalizer Finish(DataViewType type)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] < Rows)
                Update(i, T.Zero);
        }

        return Affine(type, _min.Length, i =>
        {
            // A constant slot, or one without any number, becomes zero.
            if (!(_max[i] > _min[i]))
                return default;
            if (_fixZero)
                return (T.One / T.Max(T.Abs(_max[i]), T.Abs(_min[i])), T.Zero);
            T scale = T.One / (_max[i] - _min[i]);
            return (scale, T.IsZero(scale) ? T.Zero : _min[i]);
        });
    }

    protected override void Update(int slot, T value)
    {
        _counts[slot]++;
        if (_max[slot] < value)
            _max[slot] = value;
        if (_min[slot] > value)
            _min[slot] = value;
    }
}

/// <summary>Scales to variance 1 (zero fixed: to a mean square of 1), or maps by the normal distribution function; perhaps of the logarithm.</summary>
internal sealed class MeanVarianceLearner<T>(int size, bool fixZero, bool useCdf, bool useLog) : NormalizerLearner<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly double[] _mean = new double[size];

    /// <summary>Sums of squared distances from the mean.</summary>
    private readonly double[] _m2 = new double[size];

    private readonly long[] _counts = new long[size];
    private readonly long[] _missing = new long[size];

    public override ColumnNormalizer Finish(DataViewType type)
    {
        for (int i = 0; i < size && !useLog; i++)
            AddZeros(i, Rows - _counts[i] - _missing[i]);
        return useCdf ? Cdf(type) : Affine(type, size, Affine);
    }

    protected override void Update(int slot, T value)
    {
        if (T.IsZero(value))
            return;
        if (useLog)
            value = T.CreateTruncating(Math.Log(double.CreateTruncating(value)));
        if (!T.IsFinite(value))
        {
            _missing[slot]++;
            return;
        }

        double x = double.CreateTruncating(value);
        _counts[slot]++;
        double delta = x - _mean[slot];
        _mean[slot] += delta / _counts[slot];
        _m2[slot] += delta * (x - _mean[slot]);
    }

    private void AddZeros(int slot, long zeros)
    {
        if (zeros == 0)
            return;
        _counts[slot] += zeros;
        double delta = 0 - _mean[slot];
        _mean[slot] += delta * zeros / _counts[slot];
        _m2[slot] += delta * (0 - _mean[slot]) * zeros;
    }

    private (T Scale, T Offset) Affine(int slot)
    {
        if (_m2[slot] == 0)
            return default;
        double variance = _m2[slot] / _counts[slot];
        if (fixZero)
            return (T.One / T.CreateTruncating(Math.Sqrt(variance + _mean[slot] * _mean[slot])), T.Zero);
        T scale = T.One / T.CreateTruncating(Math.Sqrt(variance));
        return (scale, T.IsZero(scale) ? T.Zero : T.CreateTruncating(_mean[slot]));
    }

    private CdfNormalizer<T> Cdf(DataViewType type)
    {
        var (means, deviations) = (new T[size], new T[size]);
        for (int i = 0; i < size; i++)
        {
            if (_m2[i] == 0 || _counts[i] == 0)
                continue;
            means[i] = T.CreateTruncating(_mean[i]);
            deviations[i] = T.CreateTruncating(Math.Sqrt(_m2[i] / _counts[i]));
        }

        return new CdfNormalizer<T>(type, means, deviations, useLog);
    }
}
