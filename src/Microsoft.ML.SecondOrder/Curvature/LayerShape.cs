using TorchSharp;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>The joint weight [W b] of one layer as a matrix.</summary>
/// <param name="Name">The layer's name in its model; empty for a model that is itself a layer.</param>
/// <param name="Outputs">O, its rows.</param>
/// <param name="Inputs">I, its columns, the last of them the bias where there is one.</param>
/// <param name="HasBias">Whether the last column is a bias.</param>
/// <param name="Type">The type of the weight.</param>
/// <param name="Device">The device of the weight.</param>
public sealed record LayerShape(string Name, long Outputs, long Inputs, bool HasBias, torch.ScalarType Type, torch.Device Device)
{
    /// <summary>kh·kw, the columns that belong to one input channel of a convolution; null for a dense layer.</summary>
    public long? KernelSize { get; init; }
}
