using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Dimensions that compare by value.</summary>
internal readonly struct Sizes(params int[] items) : IEquatable<Sizes>
{
    public ImmutableArray<int> Items { get; } = [.. items];

    public ImmutableArray<long> ToLongs() => [.. Items.Select(i => (long)i)];

    public bool Equals(Sizes other) => Items.AsSpan().SequenceEqual(other.Items.AsSpan());

    public override bool Equals(object? obj) => obj is Sizes other && Equals(other);

    public override int GetHashCode() => Items.Aggregate(Items.Length, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", Items)}]";
}

/// <summary>Two shapes as one, the smaller repeated along axes of size 1 and along leading axes that it lacks.</summary>
internal static class Broadcast
{
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public static ImmutableArray<int> Of(ImmutableArray<int> first, ImmutableArray<int> second)
    {
        var rank = Math.Max(first.Length, second.Length);
        var result = new int[rank];
        for (var i = 1; i <= rank; i++)
        {
            var (a, b) = (i <= first.Length ? first[^i] : 1, i <= second.Length ? second[^i] : 1);
            result[^i] = a == b || b == 1 ? a : a == 1 ? b : throw new ArgumentException(
                $"Shapes [{string.Join(", ", first)}] and [{string.Join(", ", second)}] do not fit together.");
        }

        return [.. result];
    }
}

/// <summary>A square that slides over an image.</summary>
internal static class Window
{
    /// <summary>Positions along one axis of the image.</summary>
    /// <exception cref="ArgumentException">The window is larger than the image.</exception>
    public static int Positions(int size, int window, int stride, int padding)
    {
        var room = size + 2 * padding - window;
        return room >= 0 ? room / stride + 1 : throw new ArgumentException(
            $"A window of {window} pixels is larger than an image of {size} with a border of {padding}.");
    }
}
