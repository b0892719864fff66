using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// The Kronecker factors of one layer, over all data: the curvature of the summed loss is G ⊗ A with G a sum and A a mean.
/// In double. Owns them.
/// </summary>
internal sealed class FactorSum(long inputs, long outputs, Device device) : IDisposable
{
    private readonly Tensor _inputs = zeros(new[] { inputs, inputs }, float64, device).DetachFromDisposeScope();
    private readonly Tensor _outputs = zeros(new[] { outputs, outputs }, float64, device).DetachFromDisposeScope();
    private double _rows;

    /// <summary>Adds aᵀa, once for each pass.</summary>
    public void AddInputs(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        var a = sample.Inputs.to(float64); // [N, I]
        _inputs.AddInPlace(a.t().mm(a));
        _rows += a.shape[0];
    }

    /// <summary>Adds gᵀg of some vectors.</summary>
    public void AddOutputs(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        var g = sample.OutputGradients.to(float64); // [V·N, O]
        _outputs.AddInPlace(g.t().mm(g));
    }

    /// <summary>Adds to G what was summed elsewhere.</summary>
    public void AddOutputs(Tensor sum) => _outputs.AddInPlace(sum);

    /// <summary>A = Σ aᵀa / N: [I, I].</summary>
    public Tensor InputFactor() => _inputs.Over(Math.Max(1, _rows));

    /// <summary>G, times a factor: [O, O].</summary>
    public Tensor OutputFactor(double factor) => _outputs.Times(factor);

    public void Dispose()
    {
        _inputs.Dispose();
        _outputs.Dispose();
    }
}
