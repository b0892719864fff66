using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What brings features to the scale of the network's inputs: z = (x − offset) · scale, column by column.</summary>
/// <param name="Offset">[I]</param>
/// <param name="Scale">[I]; 0 takes the column out.</param>
/// <param name="Limit">Where z is drawn in: beyond it, the excess counts logarithmically. Infinite for nowhere.</param>
internal sealed record FeatureScaling(ImmutableArray<double> Offset, ImmutableArray<double> Scale, double Limit = double.PositiveInfinity)
{
    /// <summary>Where robust scaling begins to draw values in, in deviations.</summary>
    private const double RobustLimit = 3;

    /// <summary>
    /// Mean 0 and standard deviation 1, except: a column that holds nothing but 0 and 1 stays as it is (standardising
    /// rare categories would blow them up), and a constant column is taken out.
    /// </summary>
    public static FeatureScaling Fit(FloatRows rows)
    {
        var columns = new ColumnStatistics[rows.Width];
        for (var r = 0; r < rows.Count; r++)
        {
            var row = rows[r];
            for (var c = 0; c < columns.Length; c++)
            {
                columns[c].Add(row[c], r + 1);
            }
        }

        return new FeatureScaling([.. columns.Select(c => c.Offset)], [.. columns.Select(c => c.Scale(rows.Count))]);
    }

    /// <summary>
    /// As <see cref="Fit"/>, with values beyond three deviations drawn in; and by median and bulk for a column whose deviation is
    /// far above that of its bulk, so that a few absurd numbers change nothing for the others.
    /// </summary>
    public static FeatureScaling FitRobust(FloatRows rows)
    {
        var plain = Fit(rows);
        var (offset, scale) = (plain.Offset.ToArray(), plain.Scale.ToArray());
        var column = new float[rows.Count];
        for (var c = 0; c < rows.Width; c++)
        {
            if (scale[c] is 0 || (scale[c] is 1 && offset[c] is 0))
            {
                continue; // constant, or an indicator
            }

            for (var r = 0; r < column.Length; r++)
            {
                column[r] = rows[r][c];
            }

            var bulk = RobustSpread.Of(column, []);
            if (bulk.Deviation > 0 && 1 / scale[c] > RobustSpread.Suspicious * bulk.Deviation)
            {
                (offset[c], scale[c]) = (bulk.Median, 1 / bulk.Deviation);
            }
        }

        return new FeatureScaling([.. offset], [.. scale], RobustLimit);
    }

    /// <summary>Writes the scaled <paramref name="features"/> to <paramref name="inputs"/>, which may be the same memory.</summary>
    public void Apply(ReadOnlySpan<float> features, Span<float> inputs)
    {
        var offset = Offset.AsSpan();
        var scale = Scale.AsSpan();
        for (var i = 0; i < inputs.Length; i++)
        {
            // In double: a timestamp minus its mean keeps its digits, and nothing overflows on the way.
            inputs[i] = (float)DrawnIn((features[i] - offset[i]) * scale[i]);
        }
    }

    /// <summary>z, or ±L (1 + ln(|z| / L)) beyond the limit L.</summary>
    private double DrawnIn(double z) => Math.Abs(z) <= Limit ? z : Math.CopySign(Limit * (1 + Math.Log(Math.Abs(z) / Limit)), z);

    /// <summary>Running mean and sum of squared deviations (Welford, 1962).</summary>
    private struct ColumnStatistics
    {
        private double _mean;
        private double _squares;
        private float _least;
        private float _most;
        private bool _hasOther;

        public readonly double Offset => IsIndicator ? 0 : _mean;

        private readonly bool IsIndicator => !_hasOther;

        public void Add(float value, long count)
        {
            if (count == 1)
            {
                (_least, _most) = (value, value);
            }

            var before = value - _mean;
            _mean += before / count;
            _squares += before * (value - _mean);
            _least = Math.Min(_least, value);
            _most = Math.Max(_most, value);
            _hasOther |= value is not (0 or 1);
        }

        public readonly double Scale(long count)
        {
            if (_least == _most)
            {
                return 0;
            }

            return IsIndicator ? 1 : 1 / Math.Sqrt(_squares / count);
        }
    }
}
