using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Checks of what a network is described by and of what it is asked to read.</summary>
internal static class NetworkCheck
{
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside.</exception>
    public static int InRange(int value, int lowest, int highest, [CallerMemberName] string name = "") => value >= lowest && value <= highest
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must lie between {lowest} and {highest}.");

    /// <inheritdoc cref="InRange(int, int, int, string)"/>
    public static ImmutableArray<int> InRange(ImmutableArray<int> values, int lowest, int highest, [CallerMemberName] string name = "")
    {
        foreach (var value in values)
        {
            InRange(value, lowest, highest, name);
        }

        return values;
    }

    /// <exception cref="ArgumentException">The heads do not share the width evenly.</exception>
    public static void Heads(int width, int heads)
    {
        if (width % heads != 0)
        {
            throw new ArgumentException($"Width must be a multiple of Heads, but is {width} for {heads} heads.");
        }
    }

    /// <summary>The only segment of some kinds.</summary>
    /// <exception cref="ArgumentException">There is none, or there are several, or others.</exception>
    public static InputSegment Only(this NetworkShape shape, Network network, string what, string remedy, params InputKind[] kinds) =>
        shape.Segments.Length == 1 && kinds.Contains(shape.Segments[0].Kind)
            ? shape.Segments[0]
            : throw new ArgumentException(
                $"{network} reads {what}, but the features are {string.Join("; ", shape.Segments)}. {remedy}");
}
