using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What brings features to the scale of the network's inputs: z = (x − offset) · scale, column by column.</summary>
/// <param name="Offset">[I]</param>
/// <param name="Scale">[I]; 0 takes the column out.</param>
/// <param name="Limit">Where z is drawn in: beyond it, the excess counts logarithmically. Infinite for nowhere.</param>
internal sealed record FeatureScaling(ImmutableArray<double> Offset, ImmutableArray<double> Scale, double Limit = double.PositiveInfinity)
{
    /// <summary>Where robust scaling begins to draw values in, in deviations.</summary>
    private const double RobustLimit = 3;

    /// <summary>What takes the place of missing features; null where a missing feature makes a missing input.</summary>
    public Imputation? Missing { get; init; }

    /// <summary>Which columns go into the network as they are; empty for none.</summary>
    private ImmutableArray<bool> Unchanged { get; init; } = [];

    /// <summary>Columns of features.</summary>
    public int Features => Offset.Length;

    /// <summary>I: inputs of the network, those that say what was missing included.</summary>
    public int Inputs => Features + (Missing?.Indicators.Length ?? 0);

    /// <summary>
    /// Mean 0 and standard deviation 1, NaN left out, except: a column that holds nothing but 0 and 1 stays as it is (standardising
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
                columns[c].Add(row[c]);
            }
        }

        return new FeatureScaling([.. columns.Select(c => c.Offset)], [.. columns.Select(c => c.Scale)]);
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

            var present = 0;
            for (var r = 0; r < rows.Count; r++)
            {
                if (!float.IsNaN(rows[r][c]))
                {
                    column[present++] = rows[r][c];
                }
            }

            var bulk = RobustSpread.Of(column.AsSpan(0, present), []);
            if (bulk.Deviation > 0 && 1 / scale[c] > RobustSpread.Suspicious * bulk.Deviation)
            {
                (offset[c], scale[c]) = (bulk.Median, 1 / bulk.Deviation);
            }
        }

        return new FeatureScaling([.. offset], [.. scale], RobustLimit);
    }

    /// <summary>Leaves keys and links between nodes as they are.</summary>
    /// <param name="segments">What the features are; the sizes add up to their number.</param>
    public FeatureScaling Except(IEnumerable<InputSegment> segments)
    {
        ImmutableArray<bool> unchanged = [.. segments.SelectMany(s => Enumerable.Repeat(s.Kind is InputKind.Categories or InputKind.Tokens or InputKind.Adjacency, s.Size))];
        return unchanged.Contains(true) ? this with { Unchanged = unchanged } : this;
    }

    /// <summary>
    /// The same for numbers; one scale for all pixels of a channel of an image; and keys and links between nodes as they are.
    /// </summary>
    /// <param name="segments">What the features are; the sizes add up to their number.</param>
    public FeatureScaling For(IReadOnlyList<InputSegment> segments)
    {
        var (offset, scale) = (Offset.ToArray(), Scale.ToArray());
        var start = 0;
        foreach (var segment in segments)
        {
            if (segment.Kind is InputKind.PlanarImage or InputKind.InterleavedImage)
            {
                JoinChannels(segment, offset.AsSpan(start, segment.Size), scale.AsSpan(start, segment.Size));
            }

            start += segment.Size;
        }

        return (this with { Offset = [.. offset], Scale = [.. scale] }).Except(segments);
    }

    /// <summary>Mean and deviation of all pixels of a channel from those of each: the mean of the means, and of the squares.</summary>
    private static void JoinChannels(InputSegment image, Span<double> offset, Span<double> scale)
    {
        var channels = image.Kind == InputKind.PlanarImage ? image.Dimensions[0] : image.Dimensions[^1];
        var pixels = image.Size / channels;
        for (var channel = 0; channel < channels; channel++)
        {
            var (first, step) = image.Kind == InputKind.PlanarImage ? (channel * pixels, 1) : (channel, channels);
            double mean = 0, square = 0;
            for (var p = 0; p < pixels; p++)
            {
                var i = first + p * step;
                mean += offset[i] / pixels;
                square += (offset[i] * offset[i] + (scale[i] == 0 ? 0 : 1 / (scale[i] * scale[i]))) / pixels;
            }

            var variance = square - mean * mean;
            for (var p = 0; p < pixels; p++)
            {
                (offset[first + p * step], scale[first + p * step]) = (mean, variance > 0 ? 1 / Math.Sqrt(variance) : 0);
            }
        }
    }

    /// <summary>Writes the scaled <paramref name="features"/> to <paramref name="inputs"/>, which may begin in the same memory.</summary>
    /// <param name="features">[d]</param>
    /// <param name="inputs">[I], overwritten.</param>
    public void Apply(ReadOnlySpan<float> features, Span<float> inputs)
    {
        var offset = Offset.AsSpan();
        var scale = Scale.AsSpan();
        if (Missing is { } missing)
        {
            Fill(missing, features, inputs);
            features = inputs[..offset.Length];
        }

        for (var i = 0; i < offset.Length; i++)
        {
            // In double: a timestamp minus its mean keeps its digits, and nothing overflows on the way.
            inputs[i] = IsUnchanged(i) ? features[i] : (float)DrawnIn((features[i] - offset[i]) * scale[i]);
        }
    }

    /// <summary>Whether a column goes into the network as it is: keys, links between nodes.</summary>
    public bool IsUnchanged(int column) => Unchanged.Length > 0 && Unchanged[column];

    /// <summary>Copies features, the gaps filled, and says at the inputs behind them which were missing.</summary>
    private static void Fill(Imputation missing, ReadOnlySpan<float> features, Span<float> inputs)
    {
        var count = missing.Values.Length;
        var indicators = missing.Indicators.AsSpan();
        for (var j = 0; j < indicators.Length; j++)
        {
            inputs[count + j] = float.IsFinite(features[indicators[j]]) ? 0 : 1;
        }

        for (var i = 0; i < count; i++)
        {
            inputs[i] = float.IsFinite(features[i]) ? features[i] : (float)missing.Values[i];
        }
    }

    /// <summary>z, or ±L (1 + ln(|z| / L)) beyond the limit L.</summary>
    private double DrawnIn(double z) => Math.Abs(z) <= Limit ? z : Math.CopySign(Limit * (1 + Math.Log(Math.Abs(z) / Limit)), z);

    /// <summary>Running mean and sum of squared deviations (Welford, 1962).</summary>
    private struct ColumnStatistics
    {
        private long _count;
        private double _mean;
        private double _squares;
        private float _least;
        private float _most;
        private bool _hasOther;

        public readonly double Offset => IsIndicator ? 0 : _mean;

        private readonly bool IsIndicator => !_hasOther;

        /// <summary>0 where all that is there is equal.</summary>
        public readonly double Scale => _least == _most ? 0 : IsIndicator ? 1 : 1 / Math.Sqrt(_squares / _count);

        public void Add(float value)
        {
            if (float.IsNaN(value))
            {
                return;
            }

            if (++_count == 1)
            {
                (_least, _most) = (value, value);
            }

            var before = value - _mean;
            _mean += before / _count;
            _squares += before * (value - _mean);
            _least = Math.Min(_least, value);
            _most = Math.Max(_most, value);
            _hasOther |= value is not (0 or 1);
        }
    }
}
