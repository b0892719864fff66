namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A transformer over the columns of a table (Gorishniy et al., 2021, arXiv 2106.11959); see <see cref="Network.FtTransformer(int, int)"/>.</summary>
public sealed record FtTransformerNetwork : GraphNetwork
{
    /// <summary>Transformer layers. Default 3; 1 to 100.</summary>
    public int Layers { get; init => field = NetworkCheck.InRange(value, 1, 100); } = 3;

    /// <summary>Numbers that describe a column, a multiple of <see cref="Heads"/>. Default 32; 1 to 4 096.</summary>
    public int Width { get; init => field = NetworkCheck.InRange(value, 1, 4096); } = 32;

    /// <summary>Heads of attention. Default 4; 1 to 64.</summary>
    public int Heads { get; init => field = NetworkCheck.InRange(value, 1, 64); } = 4;

    /// <summary>For example <c>FtTransformer(3 layers of 32, 4 heads)</c>.</summary>
    public override string ToString() => $"FtTransformer({Layers} layers of {Width}, {Heads} heads)";

    internal override InputKind? Reads(ColumnForm form, bool isFirst) =>
        form is ColumnForm.Key or ColumnForm.Keys ? InputKind.Categories : InputKind.Numbers;

    /// <summary>Each number and each category becomes a vector: x w + b, or one that is looked up.</summary>
    internal override NetworkGraph Build(NetworkShape shape)
    {
        NetworkCheck.Heads(Width, Heads);
        var graph = new NetworkGraph(shape.Inputs);
        var rows = shape.Segments.Select(s => s.Kind switch
        {
            InputKind.Numbers => Numbers(graph, shape, s),
            InputKind.Categories => graph.Categories(shape, s, Width),
            _ => throw new ArgumentException($"{this} reads numbers and categories, but '{s.Name}' is {s.Kind}. Leave it out, or use Network.Joined."),
        }).ToArray();
        var x = rows.Length == 1 ? rows[0] : graph.Append("columns", new Concatenate(), rows);
        x = graph.Append("class_token", new PrependParameter(), x);
        for (var i = 1; i <= Layers; i++)
        {
            x = graph.TransformerLayer($"layer{i}", x, Heads, expansion: 2);
        }

        graph.Output(graph.FirstRow("last", graph.Append("last_norm", new LayerNormalize(), x)), shape);
        return graph;
    }

    private int Numbers(NetworkGraph graph, NetworkShape shape, InputSegment segment)
    {
        var count = segment.Size;
        var name = $"numbers{shape.Segments.IndexOf(segment) + 1}";
        var x = graph.Append($"{name}_column", new Reshape(new Sizes(count, 1)), graph.Segment(shape, segment));
        x = graph.Append($"{name}_times", new TimesParameter(new Sizes(count, Width), ParameterStart.Normal(Math.Pow(Width, -0.5))), x);
        return graph.Append($"{name}_plus", new PlusParameter(new Sizes(count, Width), ParameterStart.Normal(Math.Pow(Width, -0.5))), x);
    }
}
