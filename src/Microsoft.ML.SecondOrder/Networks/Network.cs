using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>
/// Which function a trainer fits: a description of a network, without weights. Immutable, comparable and
/// independent of the data; the trainer builds the network when it knows the number of inputs and outputs.
/// </summary>
public abstract record Network
{
    private protected Network()
    {
    }

    /// <summary>A multi-layer perceptron: dense hidden layers with a non-linearity after each, and a dense output layer.</summary>
    /// <param name="hiddenWidths">Units of each hidden layer, from the input on; each at least 1. None gives a linear model.</param>
    /// <exception cref="ArgumentOutOfRangeException">A width is less than 1 or more than <see cref="MlpNetwork.MaximumWidth"/>.</exception>
    public static MlpNetwork Mlp(params int[] hiddenWidths)
    {
        ArgumentNullException.ThrowIfNull(hiddenWidths);
        return new() { HiddenWidths = [.. hiddenWidths] };
    }

    /// <summary>Dense layers in blocks that add to what they read: deeper than <see cref="Mlp"/> at the same ease of training.</summary>
    /// <param name="width">Units of each layer.</param>
    /// <param name="blocks">Blocks of two layers.</param>
    public static ResidualMlpNetwork ResidualMlp(int width = 256, int blocks = 3) => new() { Width = width, Blocks = blocks };

    /// <summary>A transformer over the columns of a table: numbers, and keys without one-hot encoding.</summary>
    /// <param name="width">Numbers that describe a column.</param>
    /// <param name="layers">Transformer layers.</param>
    public static FtTransformerNetwork FtTransformer(int width = 32, int layers = 3) => new() { Width = width, Layers = layers };

    /// <summary>Convolutions for images, with pooling after each, then a dense layer.</summary>
    /// <param name="channels">Channels of each convolution; none gives 32 and 64.</param>
    public static ConvolutionalNetwork Convolutional(params int[] channels) => channels is [] ? new() : new() { Channels = [.. channels] };

    /// <summary>A wide residual network for images.</summary>
    /// <param name="depth">Layers of convolutions: 10, 16, 22, ….</param>
    /// <param name="width">Channels in units of 16.</param>
    public static WideResNetNetwork WideResNet(int depth = 16, int width = 4) => new() { Depth = depth, Width = width };

    /// <summary>A transformer over the patches of an image.</summary>
    /// <param name="patch">Height and width of a patch, in pixels.</param>
    /// <param name="layers">Transformer layers.</param>
    public static VisionTransformerNetwork VisionTransformer(int patch = 4, int layers = 4) => new() { Patch = patch, Layers = layers };

    /// <summary>A transformer over the tokens of a text: a vector column of keys.</summary>
    /// <param name="layers">Transformer layers.</param>
    /// <param name="width">Numbers that describe a token.</param>
    public static TextTransformerNetwork TextTransformer(int layers = 2, int width = 64) => new() { Layers = layers, Width = width };

    /// <summary>Graph convolutions over the nodes of a graph, whose links come with each row.</summary>
    /// <param name="widths">Numbers that describe a node after each layer; none gives 64 and 64.</param>
    public static GraphConvolutionNetwork GraphConvolution(params int[] widths) => widths is [] ? new() : new() { Widths = [.. widths] };

    /// <summary>Several columns at once: numbers, categories, texts and images, each read by a small network of its kind, joined in dense layers.</summary>
    /// <param name="hiddenWidths">Units of each dense layer; none gives 128 and 128.</param>
    public static JoinedNetwork Joined(params int[] hiddenWidths) => hiddenWidths is [] ? new() : new() { HiddenWidths = [.. hiddenWidths] };

    /// <summary>
    /// A TorchSharp module of your own, [rows, inputs] to [rows, outputs]. It is known here from now on; a process that only
    /// loads the saved model calls <see cref="NetworkRegistry.Register"/> first.
    /// </summary>
    /// <param name="name">Names the module in saved models.</param>
    /// <param name="create">Makes the module for data of a shape. Its layers must be reached by <c>call()</c>.</param>
    public static ModuleNetwork FromModule(string name, Func<NetworkShape, nn.Module<Tensor, Tensor>> create)
    {
        NetworkRegistry.Register(name, create);
        return new ModuleNetwork(name, create);
    }

    /// <summary>A table of the network's layers for data of a shape: sizes, parameters, multiplications.</summary>
    /// <param name="shape">What the data asks of the network.</param>
    /// <exception cref="ArgumentException">The network does not suit the data.</exception>
    public abstract string Summary(NetworkShape shape);

    /// <summary>What the network makes of a column; null where it cannot read one of that form.</summary>
    /// <param name="form">What the column looks like.</param>
    /// <param name="isFirst">Whether it is the first of the feature columns.</param>
    internal virtual InputKind? Reads(ColumnForm form, bool isFirst) => form is ColumnForm.Key or ColumnForm.Keys ? null : InputKind.Numbers;

    /// <summary>Builds the network with initial weights drawn from <paramref name="random"/> alone, in float32 on the CPU.</summary>
    internal abstract nn.Module<Tensor, Tensor> Create(NetworkShape shape, Random random);

    /// <summary>A forward pass in managed code for the given weights: what scoring uses.</summary>
    internal abstract IManagedForward CreateForward(NetworkShape shape, IReadOnlyList<NamedWeights> weights);

    /// <summary>The derivative with respect to the inputs for the given weights: by libtorch, unless a network knows better.</summary>
    internal virtual IManagedGradient CreateGradient(NetworkShape shape, IReadOnlyList<NamedWeights> weights) =>
        new ModuleGradient(Create(shape, new Random(0)), shape, weights);

    /// <summary>Names and shapes of all parameters, in the order of the network's layers.</summary>
    internal abstract IReadOnlyList<(string Name, long[] Shape)> ParameterShapes(NetworkShape shape);
}
