using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>One Kronecker factor M of a layer's curvature.</summary>
/// <param name="Name">What errors call it.</param>
/// <param name="Size">D, its rows.</param>
/// <param name="Type">Of its numbers.</param>
/// <param name="Device">Where they are.</param>
internal sealed record FactorShape(string Name, long Size, ScalarType Type, Device Device);
