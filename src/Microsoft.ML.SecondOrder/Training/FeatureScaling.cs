using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What brings features to the scale of the network's inputs: z = (x − offset) · scale, column by column.</summary>
/// <param name="Offset">[I]</param>
/// <param name="Scale">[I]; 0 takes the column out.</param>
internal sealed record FeatureScaling(ImmutableArray<double> Offset, ImmutableArray<double> Scale)
{
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

    /// <summary>Writes the scaled <paramref name="features"/> to <paramref name="inputs"/>, which may be the same memory.</summary>
    public void Apply(ReadOnlySpan<float> features, Span<float> inputs)
    {
        var offset = Offset.AsSpan();
        var scale = Scale.AsSpan();
        for (var i = 0; i < inputs.Length; i++)
        {
            // In double: a timestamp minus its mean keeps its digits, and nothing overflows on the way.
            inputs[i] = (float)((features[i] - offset[i]) * scale[i]);
        }
    }

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
