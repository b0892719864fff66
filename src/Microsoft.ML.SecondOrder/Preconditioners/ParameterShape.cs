using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>A parameter as a method sees it that works from its gradient alone.</summary>
/// <param name="Name">The parameter's name in the model; of a weight that is joined with its bias, the weight's.</param>
/// <param name="Sizes">The lengths of its axes; none for a single number. Of a weight that is joined with its bias: O and I.</param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Device">Where it is.</param>
public sealed record ParameterShape(string Name, IReadOnlyList<long> Sizes, ScalarType Type, Device Device);
