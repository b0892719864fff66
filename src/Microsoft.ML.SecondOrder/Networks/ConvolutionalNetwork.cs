using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>Convolutions with pooling after each, then dense layers; see <see cref="Network.Convolutional(int[])"/>.</summary>
public sealed record ConvolutionalNetwork : GraphNetwork
{
    /// <summary>Channels of each convolution, at least one. Each 1 to 4 096.</summary>
    public ImmutableArray<int> Channels
    {
        get;
        init => field = value.Length > 0
            ? NetworkCheck.InRange(value, 1, 4096)
            : throw new ArgumentException($"{nameof(Channels)} must name at least one convolution.", nameof(Channels));
    } = [32, 64];

    /// <summary>Units of each dense layer after the convolutions. Default 128; none are allowed.</summary>
    public ImmutableArray<int> HiddenWidths { get; init => field = NetworkCheck.InRange(value, 1, MlpNetwork.MaximumWidth); } = [128];

    /// <summary>Height and width of a kernel, odd. Default 3; 1 to 15.</summary>
    public int Kernel
    {
        get;
        init => field = value % 2 == 1 ? NetworkCheck.InRange(value, 1, 15) : throw new ArgumentOutOfRangeException(nameof(Kernel), value, $"{nameof(Kernel)} must be odd.");
    } = 3;

    /// <summary>The function after each hidden layer. Default <see cref="Activation.Silu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <inheritdoc/>
    public bool Equals(ConvolutionalNetwork? other) =>
        other is not null && Kernel == other.Kernel && Activation == other.Activation
        && Channels.AsSpan().SequenceEqual(other.Channels.AsSpan()) && HiddenWidths.AsSpan().SequenceEqual(other.HiddenWidths.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HiddenWidths.Aggregate(Channels.Aggregate(HashCode.Combine(Kernel, Activation), HashCode.Combine), HashCode.Combine);

    /// <summary>For example <c>Convolutional(32, 64; 128) with Silu</c>.</summary>
    public override string ToString() =>
        $"Convolutional({string.Join(", ", Channels)}{(HiddenWidths.IsEmpty ? "" : "; ")}{string.Join(", ", HiddenWidths)}) with {Activation}";

    internal override InputKind? Reads(ColumnForm form, bool isFirst) => form == ColumnForm.Image ? InputKind.PlanarImage : base.Reads(form, isFirst);

    /// <summary>An image is halved after each convolution, for as long as it has more than one pixel along each side.</summary>
    internal override NetworkGraph Build(NetworkShape shape)
    {
        var image = shape.Only(this, "one image", NetworkRemedies.Image, InputKind.PlanarImage, InputKind.InterleavedImage);
        var graph = new NetworkGraph(shape.Inputs);
        var x = graph.Segment(shape, image);
        foreach (var (channels, i) in Channels.Select((c, i) => (c, i + 1)))
        {
            x = graph.Append($"convolution{i}", new Convolution(channels, Kernel, Stride: 1, Kernel / 2, Gain: 2), x);
            x = graph.Append($"convolution{i}_activation", new Activate(Activation), x);
            var sides = graph.ShapeOf(x);
            if (Math.Min(sides[1], sides[2]) > 1)
            {
                x = graph.Append($"pool{i}", new MaximumPool(2, 2), x);
            }
        }

        x = graph.Append("flat", new Reshape(new Sizes(graph.ShapeOf(x).Aggregate(1, (a, b) => a * b))), x);
        graph.Output(graph.DenseLayers(x, HiddenWidths, Activation), shape);
        return graph;
    }
}
