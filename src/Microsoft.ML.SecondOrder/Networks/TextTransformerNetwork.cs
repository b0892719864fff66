namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A transformer over tokens; see <see cref="Network.TextTransformer(int, int)"/>.</summary>
public sealed record TextTransformerNetwork : GraphNetwork
{
    /// <summary>Transformer layers; 0 gives the mean of the tokens' vectors. Default 2; 0 to 100.</summary>
    public int Layers { get; init => field = NetworkCheck.InRange(value, 0, 100); } = 2;

    /// <summary>Numbers that describe a token, a multiple of <see cref="Heads"/>. Default 64; 1 to 4 096.</summary>
    public int Width { get; init => field = NetworkCheck.InRange(value, 1, 4096); } = 64;

    /// <summary>Heads of attention. Default 4; 1 to 64.</summary>
    public int Heads { get; init => field = NetworkCheck.InRange(value, 1, 64); } = 4;

    /// <summary>For example <c>TextTransformer(2 layers of 64, 4 heads)</c>.</summary>
    public override string ToString() => $"TextTransformer({Layers} layers of {Width}, {Heads} heads)";

    internal override InputKind? Reads(ColumnForm form, bool isFirst) => form == ColumnForm.Keys ? InputKind.Tokens : null;

    /// <summary>Positions without a token take no part; a text without any token gets the mean of what the positions say.</summary>
    internal override NetworkGraph Build(NetworkShape shape)
    {
        NetworkCheck.Heads(Width, Heads);
        var tokens = shape.Only(this, "a text of tokens", NetworkRemedies.Tokens, InputKind.Tokens);
        var graph = new NetworkGraph(shape.Inputs);
        var ids = graph.Segment(shape, tokens);
        var mask = graph.Append("mask", new PaddingMask(), ids);
        var perHead = graph.Append("mask_heads", new Reshape(new Sizes(1, 1, tokens.Size)), mask);
        var x = graph.Append("tokens", new Lookup(tokens.Vocabularies[0], Width), ids);
        x = graph.Positions(x);
        for (var i = 1; i <= Layers; i++)
        {
            x = graph.TransformerLayer($"layer{i}", x, Heads, expansion: 4, perHead);
        }

        x = graph.Append("last_norm", new LayerNormalize(), x);
        graph.Output(graph.MaskedMean("mean", x, mask), shape);
        return graph;
    }
}
