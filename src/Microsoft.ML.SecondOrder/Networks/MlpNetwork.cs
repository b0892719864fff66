using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A multi-layer perceptron; see <see cref="Network.Mlp(int[])"/>.</summary>
public sealed record MlpNetwork : Network
{
    /// <summary>The widest layer that is accepted: 65 536 units.</summary>
    public const int MaximumWidth = 65_536;

    internal MlpNetwork(IEnumerable<int> hiddenWidths)
    {
        ArgumentNullException.ThrowIfNull(hiddenWidths);
        HiddenWidths = [.. hiddenWidths];
        foreach (var width in HiddenWidths)
        {
            if (width is < 1 or > MaximumWidth)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(hiddenWidths), width, $"Each width of a hidden layer must lie between 1 and {MaximumWidth}.");
            }
        }
    }

    /// <summary>Units of each hidden layer, from the input on.</summary>
    public ImmutableArray<int> HiddenWidths { get; }

    /// <summary>The function after each hidden layer. Default <see cref="Networks.Activation.Silu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <inheritdoc/>
    public bool Equals(MlpNetwork? other) =>
        other is not null && Activation == other.Activation && HiddenWidths.AsSpan().SequenceEqual(other.HiddenWidths.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Activation);
        foreach (var width in HiddenWidths)
        {
            hash.Add(width);
        }

        return hash.ToHashCode();
    }

    /// <summary>For example <c>Mlp(128, 128) with Silu</c>.</summary>
    public override string ToString() => $"Mlp({string.Join(", ", HiddenWidths)}) with {Activation}";

    internal override nn.Module<Tensor, Tensor> Create(NetworkShape shape, Random random)
    {
        var modules = new List<(string, nn.Module<Tensor, Tensor>)>();
        foreach (var (name, inputs, outputs, isOutput) in Layers(shape))
        {
            var linear = nn.Linear(inputs, outputs);
            Initialize(linear, inputs, isOutput, random);
            modules.Add((name, linear));
            if (!isOutput)
            {
                modules.Add((name + "_activation", ActivationModule()));
            }
        }

        return nn.Sequential(modules.ToArray());
    }

    internal override IManagedForward CreateForward(NetworkShape shape, IReadOnlyList<NamedWeights> weights) =>
        new DenseForward(Activation, Layers(shape).Select(l => (l.Name, l.Inputs, l.Outputs)), weights);

    internal override IReadOnlyList<(string Name, long[] Shape)> ParameterShapes(NetworkShape shape) =>
        [.. Layers(shape).SelectMany(l => new (string, long[])[]
        {
            (l.Name + ".weight", [l.Outputs, l.Inputs]),
            (l.Name + ".bias", [l.Outputs]),
        })];

    private IEnumerable<(string Name, int Inputs, int Outputs, bool IsOutput)> Layers(NetworkShape shape)
    {
        var inputs = shape.Inputs;
        for (var i = 0; i < HiddenWidths.Length; i++)
        {
            yield return ($"hidden{i + 1}", inputs, HiddenWidths[i], false);
            inputs = HiddenWidths[i];
        }

        yield return ("output", inputs, shape.Outputs, true);
    }

    private nn.Module<Tensor, Tensor> ActivationModule() => Activation switch
    {
        Activation.Silu => nn.SiLU(),
        Activation.Relu => nn.ReLU(),
        Activation.Tanh => nn.Tanh(),
        Activation.Gelu => nn.GELU(),
        _ => throw new ArgumentOutOfRangeException(nameof(Activation), Activation, "Unknown activation."),
    };

    /// <summary>
    /// Hidden weights N(0, 2/I), output weights N(0, 1/I), hidden biases uniform in ±1/√I, output bias 0 (He et al., 2015,
    /// arXiv 1502.01852, for the hidden layers).
    /// </summary>
    private static void Initialize(Linear linear, int inputs, bool isOutput, Random random)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var deviation = Math.Sqrt((isOutput ? 1.0 : 2.0) / inputs);
        var bound = isOutput ? 0.0 : 1 / Math.Sqrt(inputs);
        Fill(linear.weight, () => deviation * NextGaussian(random));
        Fill(linear.bias!, () => bound * (2 * random.NextDouble() - 1));
    }

    private static void Fill(Tensor target, Func<double> next)
    {
        var values = new float[target.numel()];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)next();
        }

        target.copy_(torch.tensor(values).reshape(target.shape));
    }

    /// <summary>A standard normal number by Box and Muller (1958); 1 − u keeps the logarithm finite.</summary>
    private static double NextGaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
