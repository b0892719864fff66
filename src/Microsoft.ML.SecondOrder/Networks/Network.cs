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
    public static MlpNetwork Mlp(params int[] hiddenWidths) => new(hiddenWidths);

    /// <summary>Builds the network with initial weights drawn from <paramref name="random"/> alone, in float32 on the CPU.</summary>
    internal abstract nn.Module<Tensor, Tensor> Create(NetworkShape shape, Random random);

    /// <summary>A forward pass in managed code for the given weights: what scoring uses.</summary>
    internal abstract IManagedForward CreateForward(NetworkShape shape, IReadOnlyList<NamedWeights> weights);

    /// <summary>Names and shapes of all parameters, in the order of the network's layers.</summary>
    internal abstract IReadOnlyList<(string Name, long[] Shape)> ParameterShapes(NetworkShape shape);
}
