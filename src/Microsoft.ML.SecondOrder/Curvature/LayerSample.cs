using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>What one layer saw in one forward and backward pass. Owns its tensors.</summary>
/// <param name="Inputs">Rows of layer inputs, with a trailing 1 where the layer has a bias: [N, I].</param>
/// <param name="OutputGradients">Rows of vectors propagated back to the layer's outputs: [V·N, O], all rows of the first vector first.</param>
/// <param name="Batch">B, the number of independent examples.</param>
/// <param name="Positions">R, the number of positions that share the weight: N = B·R for expand, N = B for reduce.</param>
public sealed record LayerSample(Tensor Inputs, Tensor OutputGradients, long Batch, long Positions) : IDisposable
{
    /// <summary>V, how many vectors each example was given: 1 for the gradients of the actual loss. What they make up is their sum of outer products.</summary>
    public long Vectors { get; init; } = 1;

    /// <summary>Mean over the rows of what the layer gave, bias included: [O]. Only where a method asks for it, else null.</summary>
    public Tensor? OutputMean { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Inputs.Dispose();
        OutputGradients.Dispose();
        OutputMean?.Dispose();
    }
}
