namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A wide residual network for images (Zagoruyko and Komodakis, 2016, arXiv 1605.07146); see <see cref="Network.WideResNet(int, int)"/>.</summary>
public sealed record WideResNetNetwork : GraphNetwork
{
    private const int FirstChannels = 16;
    private const int Groups = 8;
    private const int Stages = 3;

    /// <summary>Layers of convolutions: 6 n + 4 with n blocks in each of three stages. Default 16; 10 to 1 000.</summary>
    public int Depth
    {
        get;
        init => field = value % 6 == 4 ? NetworkCheck.InRange(value, 10, 1000) : throw new ArgumentOutOfRangeException(
            nameof(Depth), value, $"{nameof(Depth)} must be 4 more than a multiple of 6: 10, 16, 22, 28, ….");
    } = 16;

    /// <summary>Channels in units of 16, 32 and 64 of the three stages. Default 4; 1 to 64.</summary>
    public int Width { get; init => field = NetworkCheck.InRange(value, 1, 64); } = 4;

    /// <summary>What keeps it trainable. Default <see cref="ResidualStyle.GroupNorm"/>.</summary>
    public ResidualStyle Style { get; init; } = ResidualStyle.GroupNorm;

    /// <summary>The function between convolutions. Default <see cref="Activation.Relu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    private int Blocks => (Depth - 4) / 6;

    /// <summary>For example <c>WideResNet(16, 4), GroupNorm, with Relu</c>.</summary>
    public override string ToString() => $"WideResNet({Depth}, {Width}), {Style}, with {Activation}";

    internal override InputKind? Reads(ColumnForm form, bool isFirst) => form == ColumnForm.Image ? InputKind.PlanarImage : base.Reads(form, isFirst);

    internal override NetworkGraph Build(NetworkShape shape)
    {
        var image = shape.Only(this, "one image", NetworkRemedies.Image, InputKind.PlanarImage, InputKind.InterleavedImage);
        var graph = new NetworkGraph(shape.Inputs);
        var x = graph.Append("first", new Convolution(FirstChannels, 3, 1, 1, Gain: 2, HasBias: false), graph.Segment(shape, image));
        if (Style == ResidualStyle.Fixup)
        {
            x = graph.Append("first_activation", new Activate(Activation), Shift(graph, "first_shift", x));
        }

        for (var stage = 0; stage < Stages; stage++)
        {
            for (var block = 0; block < Blocks; block++)
            {
                var name = $"stage{stage + 1}_block{block + 1}";
                var channels = (FirstChannels << stage) * Width;
                var stride = stage > 0 && block == 0 ? 2 : 1;
                x = Style == ResidualStyle.Fixup ? FixupBlock(graph, name, x, channels, stride) : NormBlock(graph, name, x, channels, stride);
            }
        }

        if (Style == ResidualStyle.GroupNorm)
        {
            x = NormAndActivate(graph, "last", x);
        }

        x = graph.MeanOverPixels("pooled", x);
        graph.Append("output", new Dense(shape.Outputs, Gain: Style == ResidualStyle.Fixup ? 0 : 1), x);
        return graph;
    }

    /// <summary>y = activation(norm(x)), conv(activation(norm(conv(y)))) + x, or + conv₁ₓ₁(y) where the shape changes.</summary>
    private int NormBlock(NetworkGraph graph, string name, int x, int channels, int stride)
    {
        var active = NormAndActivate(graph, $"{name}_1", x);
        var y = graph.Append($"{name}_convolution1", new Convolution(channels, 3, stride, 1, Gain: 2, HasBias: false), active);
        y = graph.Append($"{name}_convolution2", new Convolution(channels, 3, 1, 1, Gain: 1, HasBias: false), NormAndActivate(graph, $"{name}_2", y));
        return graph.Append($"{name}_sum", new Add(), y, Shortcut(graph, name, changed: active, same: x, channels, stride));
    }

    /// <summary>The basic block of Fixup: conv₁ starts at N(0, 2 / (9 C L)) with L blocks in all, conv₂ at zero.</summary>
    private int FixupBlock(NetworkGraph graph, string name, int x, int channels, int stride)
    {
        var shifted = Shift(graph, $"{name}_shift1", x);
        var y = graph.Append($"{name}_convolution1", new Convolution(channels, 3, stride, 1, Gain: 2.0 / (Stages * Blocks), HasBias: false), shifted);
        y = graph.Append($"{name}_activation1", new Activate(Activation), Shift(graph, $"{name}_shift2", y));
        y = graph.Append($"{name}_convolution2", new Convolution(channels, 3, 1, 1, Gain: 0, HasBias: false), Shift(graph, $"{name}_shift3", y));
        y = graph.Append($"{name}_scale", new TimesParameter(new Sizes(1), ParameterStart.Constant(1)), y);
        y = graph.Append($"{name}_sum", new Add(), Shift(graph, $"{name}_shift4", y), Shortcut(graph, name, shifted, x, channels, stride));
        return graph.Append($"{name}_activation2", new Activate(Activation), y);
    }

    private static int Shortcut(NetworkGraph graph, string name, int changed, int same, int channels, int stride) =>
        stride == 1 && graph.ShapeOf(same)[0] == channels
            ? same
            : graph.Append($"{name}_shortcut", new Convolution(channels, 1, stride, 0, Gain: 1, HasBias: false), changed);

    private int NormAndActivate(NetworkGraph graph, string name, int x) =>
        graph.Append($"{name}_activation", new Activate(Activation), graph.Append($"{name}_norm", new GroupNormalize(Groups), x));

    private static int Shift(NetworkGraph graph, string name, int x) =>
        graph.Append(name, new PlusParameter(new Sizes(1), ParameterStart.Constant(0)), x);
}
