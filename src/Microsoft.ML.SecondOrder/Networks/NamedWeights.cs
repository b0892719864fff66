using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>One parameter of a network as plain numbers.</summary>
/// <param name="Name">Its name in the network, such as <c>hidden1.weight</c>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Values">Its numbers, row by row; as many as the product of <paramref name="Shape"/>.</param>
public sealed record NamedWeights(string Name, ImmutableArray<long> Shape, float[] Values);
