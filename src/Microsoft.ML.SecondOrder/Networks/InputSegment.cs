using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>What the numbers of an <see cref="InputSegment"/> are.</summary>
public enum InputKind
{
    /// <summary>Quantities.</summary>
    Numbers,

    /// <summary>The pixels of an image, channel by channel: channels, height, width.</summary>
    PlanarImage,

    /// <summary>The pixels of an image, pixel by pixel: height, width, channels.</summary>
    InterleavedImage,

    /// <summary>Categories, each a whole number from 0 (missing) to below the vocabulary; each position has a meaning of its own.</summary>
    Categories,

    /// <summary>A text of tokens, each a whole number from 0 (no token) to below the vocabulary.</summary>
    Tokens,

    /// <summary>A square matrix of the weights between the nodes of a graph, row by row: nodes, nodes.</summary>
    Adjacency,
}

/// <summary>A range of the inputs of a network that belongs together.</summary>
/// <param name="Name">Of the column that it comes from.</param>
/// <param name="Kind">What the numbers are.</param>
/// <param name="Dimensions">Their arrangement; the product is their number.</param>
/// <param name="Vocabularies">
/// Categories: how many values each position can have, the missing one included. Tokens: one number for all positions. Empty otherwise.
/// </param>
public sealed record InputSegment(string Name, InputKind Kind, ImmutableArray<int> Dimensions, ImmutableArray<int> Vocabularies)
{
    /// <summary>How many inputs it takes.</summary>
    public int Size => Dimensions.Aggregate(1, (product, d) => checked(product * d));

    /// <summary>Quantities.</summary>
    public static InputSegment Numbers(string name, int count) => new(name, InputKind.Numbers, [count], []);

    /// <inheritdoc/>
    public bool Equals(InputSegment? other) =>
        other is not null && Name == other.Name && Kind == other.Kind
        && Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan()) && Vocabularies.AsSpan().SequenceEqual(other.Vocabularies.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Kind, Size, Vocabularies.Length);

    /// <summary>For example <c>Pixels: PlanarImage [1, 28, 28]</c>.</summary>
    public override string ToString() => $"{Name}: {Kind} [{string.Join(", ", Dimensions)}]";
}
