namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A transformer over the patches of an image (Dosovitskiy et al., 2021, arXiv 2010.11929); see <see cref="Network.VisionTransformer(int, int)"/>.</summary>
public sealed record VisionTransformerNetwork : GraphNetwork
{
    /// <summary>Height and width of a patch, in pixels; divides those of the image. Default 4; 1 to 256.</summary>
    public int Patch { get; init => field = NetworkCheck.InRange(value, 1, 256); } = 4;

    /// <summary>Transformer layers. Default 4; 1 to 100.</summary>
    public int Layers { get; init => field = NetworkCheck.InRange(value, 1, 100); } = 4;

    /// <summary>Numbers that describe a patch, a multiple of <see cref="Heads"/>. Default 64; 1 to 4 096.</summary>
    public int Width { get; init => field = NetworkCheck.InRange(value, 1, 4096); } = 64;

    /// <summary>Heads of attention. Default 4; 1 to 64.</summary>
    public int Heads { get; init => field = NetworkCheck.InRange(value, 1, 64); } = 4;

    /// <summary>For example <c>VisionTransformer(patch 4, 4 layers of 64, 4 heads)</c>.</summary>
    public override string ToString() => $"VisionTransformer(patch {Patch}, {Layers} layers of {Width}, {Heads} heads)";

    internal override InputKind? Reads(ColumnForm form, bool isFirst) => form == ColumnForm.Image ? InputKind.PlanarImage : base.Reads(form, isFirst);

    internal override NetworkGraph Build(NetworkShape shape)
    {
        NetworkCheck.Heads(Width, Heads);
        var image = shape.Only(this, "one image", NetworkRemedies.Image, InputKind.PlanarImage, InputKind.InterleavedImage);
        var graph = new NetworkGraph(shape.Inputs);
        var x = graph.Segment(shape, image);
        var pixels = graph.ShapeOf(x);
        if (pixels[1] % Patch != 0 || pixels[2] % Patch != 0)
        {
            throw new ArgumentException($"Patch must divide the height and width of the image, but is {Patch} for {pixels[1]} × {pixels[2]} pixels.");
        }

        x = graph.Append("patches", new Convolution(Width, Patch, Patch, 0, Gain: 1), x);
        x = graph.Append("class_token", new PrependParameter(), graph.PixelRows("patches", x));
        x = graph.Positions(x);
        for (var i = 1; i <= Layers; i++)
        {
            x = graph.TransformerLayer($"layer{i}", x, Heads, expansion: 4);
        }

        graph.Output(graph.FirstRow("last", graph.Append("last_norm", new LayerNormalize(), x)), shape);
        return graph;
    }
}
