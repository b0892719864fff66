using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A small network for each part of the features, joined in dense layers; see <see cref="Network.Joined(int[])"/>.</summary>
public sealed record JoinedNetwork : GraphNetwork
{
    /// <summary>Units of each dense layer after the parts were joined. Default 128, 128; none are allowed.</summary>
    public ImmutableArray<int> HiddenWidths { get; init => field = NetworkCheck.InRange(value, 1, MlpNetwork.MaximumWidth); } = [128, 128];

    /// <summary>Numbers that an image or a text is described by, and a category at most. Default 64; 1 to 4 096.</summary>
    public int PartWidth { get; init => field = NetworkCheck.InRange(value, 1, 4096); } = 64;

    /// <summary>The function after each hidden layer. Default <see cref="Activation.Silu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <inheritdoc/>
    public bool Equals(JoinedNetwork? other) =>
        other is not null && PartWidth == other.PartWidth && Activation == other.Activation && HiddenWidths.AsSpan().SequenceEqual(other.HiddenWidths.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HiddenWidths.Aggregate(HashCode.Combine(PartWidth, Activation), HashCode.Combine);

    /// <summary>For example <c>Joined(128, 128; parts of 64) with Silu</c>.</summary>
    public override string ToString() => $"Joined({string.Join(", ", HiddenWidths)}; parts of {PartWidth}) with {Activation}";

    internal override InputKind? Reads(ColumnForm form, bool isFirst) => form switch
    {
        ColumnForm.Key => InputKind.Categories,
        ColumnForm.Keys => InputKind.Tokens,
        ColumnForm.Image => InputKind.PlanarImage,
        _ => InputKind.Numbers,
    };

    internal override NetworkGraph Build(NetworkShape shape)
    {
        var graph = new NetworkGraph(shape.Inputs);
        var parts = shape.Segments.Select(s => Part(graph, shape, s)).ToArray();
        var x = parts.Length == 1 ? parts[0] : graph.Append("joined", new Concatenate(), parts);
        graph.Output(graph.DenseLayers(x, HiddenWidths, Activation), shape);
        return graph;
    }

    private int Part(NetworkGraph graph, NetworkShape shape, InputSegment segment) => segment.Kind switch
    {
        InputKind.PlanarImage or InputKind.InterleavedImage => Image(graph, shape, segment),
        InputKind.Tokens => Text(graph, shape, segment),
        InputKind.Categories => graph.Flat($"{Name(shape, segment)}_flat", graph.Categories(shape, segment, Math.Min(PartWidth, segment.Vocabularies.Max() / 2 + 1))),
        _ => graph.Flat($"{Name(shape, segment)}_flat", graph.Segment(shape, segment)),
    };

    private int Image(NetworkGraph graph, NetworkShape shape, InputSegment segment)
    {
        var name = Name(shape, segment);
        var x = graph.Segment(shape, segment);
        for (var i = 1; i <= 2; i++)
        {
            x = graph.Append($"{name}_convolution{i}", new Convolution(i == 1 ? Math.Max(1, PartWidth / 2) : PartWidth, 3, Stride: 2, 1, Gain: 2), x);
            x = graph.Append($"{name}_convolution{i}_activation", new Activate(Activation), x);
        }

        return graph.MeanOverPixels($"{name}_mean", x);
    }

    private int Text(NetworkGraph graph, NetworkShape shape, InputSegment segment)
    {
        var name = Name(shape, segment);
        var ids = graph.Segment(shape, segment);
        var mask = graph.Append($"{name}_mask", new PaddingMask(), ids);
        return graph.MaskedMean($"{name}_mean", graph.Append($"{name}_tokens", new Lookup(segment.Vocabularies[0], PartWidth), ids), mask);
    }

    private static string Name(NetworkShape shape, InputSegment segment) => $"part{shape.Segments.IndexOf(segment) + 1}";
}
