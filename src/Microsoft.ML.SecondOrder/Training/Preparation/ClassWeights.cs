using System.Collections.Immutable;
using System.Globalization;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>How much the rows of each class count, beside their example weights.</summary>
public sealed record ClassWeights
{
    private ClassWeights(ImmutableArray<double> weights) => Weights = weights;

    /// <summary>Every class counts alike, however many rows it has: n / (K · rows of the class), with K classes that have rows.</summary>
    public static ClassWeights Balanced { get; } = new(default(ImmutableArray<double>));

    /// <summary>The weights in the order of the classes; a default array for <see cref="Balanced"/>.</summary>
    internal ImmutableArray<double> Weights { get; }

    /// <summary>Given weights, in the order of the key's values; false, then true for two classes.</summary>
    /// <param name="weights">One a class, each above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A weight is not above 0 and finite, or there are none.</exception>
    public static ClassWeights Of(params double[] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Length == 0 || !weights.All(w => w > 0 && double.IsFinite(w)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(weights), string.Join(", ", weights.Select(w => w.ToString(CultureInfo.InvariantCulture))), "Each class needs a weight above 0.");
        }

        return new ClassWeights([.. weights]);
    }

    /// <inheritdoc/>
    public bool Equals(ClassWeights? other) => other is not null
        && Weights.IsDefault == other.Weights.IsDefault && (Weights.IsDefault || Weights.AsSpan().SequenceEqual(other.Weights.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => Weights.IsDefault ? 0 : Weights.Aggregate(1, HashCode.Combine);

    /// <summary>For example <c>1, 5</c>, or <c>balanced</c>.</summary>
    public override string ToString() => Weights.IsDefault ? "balanced" : string.Join(", ", Weights.Select(w => w.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The factor of each class.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="rows">The class of each row, from 0.</param>
    /// <param name="weights">The rows' own weights, or empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more or fewer weights than classes.</exception>
    internal ImmutableArray<float> Factors(int classes, ReadOnlySpan<float> rows, ReadOnlySpan<float> weights)
    {
        if (!Weights.IsDefault)
        {
            return Weights.Length == classes
                ? [.. Weights.Select(w => (float)w)]
                : throw new ArgumentOutOfRangeException(
                    nameof(ClassWeights), $"ClassWeights has {Weights.Length} weights, but the label has {classes} classes: give one for each, or ClassWeights.Balanced.");
        }

        var sums = new double[classes];
        for (var i = 0; i < rows.Length; i++)
        {
            sums[(int)rows[i]] += weights.IsEmpty ? 1 : weights[i];
        }

        var (total, present) = (sums.Sum(), sums.Count(s => s > 0));
        return [.. sums.Select(s => s > 0 ? (float)(total / (present * s)) : 1)];
    }
}
