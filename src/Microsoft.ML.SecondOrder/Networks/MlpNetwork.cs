using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A multi-layer perceptron; see <see cref="Network.Mlp(int[])"/>.</summary>
public sealed record MlpNetwork : GraphNetwork
{
    /// <summary>The widest layer that is accepted: 65 536 units.</summary>
    public const int MaximumWidth = 65_536;

    /// <summary>Units of each hidden layer, from the input on; each 1 to 65 536. Default 128, 128; none give a linear model.</summary>
    public ImmutableArray<int> HiddenWidths { get; init => field = NetworkCheck.InRange(value, 1, MaximumWidth); } = [128, 128];

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

    internal override NetworkGraph Build(NetworkShape shape)
    {
        var graph = new NetworkGraph(shape.Inputs);
        graph.Output(graph.DenseLayers(0, HiddenWidths, Activation), shape);
        return graph;
    }

    internal override IManagedForward CreateForward(NetworkShape shape, IReadOnlyList<NamedWeights> weights) =>
        new DenseForward(Activation, Layers(shape), weights);

    internal override IManagedGradient CreateGradient(NetworkShape shape, IReadOnlyList<NamedWeights> weights) =>
        new DenseForward(Activation, Layers(shape), weights);

    private IEnumerable<(string Name, int Inputs, int Outputs)> Layers(NetworkShape shape)
    {
        var inputs = shape.Inputs;
        for (var i = 0; i < HiddenWidths.Length; i++)
        {
            yield return ($"hidden{i + 1}", inputs, HiddenWidths[i]);
            inputs = HiddenWidths[i];
        }

        yield return ("output", inputs, shape.Outputs);
    }
}
