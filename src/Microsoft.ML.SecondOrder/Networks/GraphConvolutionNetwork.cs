using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Graph convolutions (Kipf and Welling, 2017, arXiv 1609.02907); see <see cref="Network.GraphConvolution(int[])"/>.</summary>
public sealed record GraphConvolutionNetwork : GraphNetwork
{
    /// <summary>Numbers that describe a node after each layer, at least one. Each 1 to 4 096.</summary>
    public ImmutableArray<int> Widths
    {
        get;
        init => field = value.Length > 0
            ? NetworkCheck.InRange(value, 1, 4096)
            : throw new ArgumentException($"{nameof(Widths)} must name at least one layer.", nameof(Widths));
    } = [64, 64];

    /// <summary>What the output is computed from. Default <see cref="GraphReadout.Mean"/>.</summary>
    public GraphReadout Readout { get; init; } = GraphReadout.Mean;

    /// <summary>The function after each layer. Default <see cref="Activation.Silu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <inheritdoc/>
    public bool Equals(GraphConvolutionNetwork? other) =>
        other is not null && Readout == other.Readout && Activation == other.Activation && Widths.AsSpan().SequenceEqual(other.Widths.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Widths.Aggregate(HashCode.Combine(Readout, Activation), HashCode.Combine);

    /// <summary>For example <c>GraphConvolution(64, 64), Mean, with Silu</c>.</summary>
    public override string ToString() => $"GraphConvolution({string.Join(", ", Widths)}), {Readout}, with {Activation}";

    /// <summary>The first column describes the nodes, the second the links between them.</summary>
    internal override InputKind? Reads(ColumnForm form, bool isFirst) =>
        form == ColumnForm.Matrix ? isFirst ? InputKind.Numbers : InputKind.Adjacency : null;

    /// <summary>H ← activation(Â H W) with Â the normalised weights between nodes.</summary>
    internal override NetworkGraph Build(NetworkShape shape)
    {
        var links = shape.Segments.Where(s => s.Kind == InputKind.Adjacency).ToList();
        var nodes = shape.Segments.Where(s => s.Kind == InputKind.Numbers && s.Dimensions.Length == 2).ToList();
        if (links.Count != 1 || nodes.Count != 1 || shape.Segments.Length != 2 || links[0].Dimensions[0] != nodes[0].Dimensions[0])
        {
            throw new ArgumentException(
                $"{this} reads the weights between N nodes, [N, N], and what describes each node, [N, F], but the features are {string.Join("; ", shape.Segments)}.");
        }

        var graph = new NetworkGraph(shape.Inputs);
        var adjacency = graph.Append("links", new NormalizeAdjacency(), graph.Segment(shape, links[0]));
        var x = graph.Segment(shape, nodes[0]);
        foreach (var (width, i) in Widths.Select((w, i) => (w, i + 1)))
        {
            x = graph.Append($"layer{i}", new Dense(width, Gain: 2), graph.Append($"layer{i}_gathered", new MatrixProduct(false, 1), adjacency, x));
            x = graph.Append($"layer{i}_activation", new Activate(Activation), x);
        }

        graph.Output(Readout == GraphReadout.FirstNode ? graph.FirstRow("first", x) : graph.Append("mean", new MeanOfFirst(), x), shape);
        return graph;
    }
}
