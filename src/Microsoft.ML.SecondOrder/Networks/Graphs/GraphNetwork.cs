using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>A network that is described by a <see cref="NetworkGraph"/>.</summary>
public abstract record GraphNetwork : Network
{
    private protected GraphNetwork()
    {
    }

    /// <inheritdoc/>
    public override string Summary(NetworkShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return GraphTable.Of(Build(shape), ToString());
    }

    /// <summary>The operations for data of this shape.</summary>
    /// <exception cref="ArgumentException">The network does not suit the data.</exception>
    internal abstract NetworkGraph Build(NetworkShape shape);

    internal override nn.Module<Tensor, Tensor> Create(NetworkShape shape, Random random) => new GraphModule(Build(shape), random);

    internal override IManagedForward CreateForward(NetworkShape shape, IReadOnlyList<NamedWeights> weights) => new GraphForward(Build(shape), weights);

    internal override IReadOnlyList<(string Name, long[] Shape)> ParameterShapes(NetworkShape shape) =>
        [.. Build(shape).Parameters.Select(p => (p.Name, p.Plan.Shape.ToArray()))];
}
