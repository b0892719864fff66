using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Σ aᵀa and Σ gᵀg of the micro-batches of one step so far. Owns them.</summary>
/// <param name="shape">The layer.</param>
/// <param name="type">The type of the sums.</param>
internal sealed class KroneckerObservation(LayerShape shape, ScalarType type) : IDisposable
{
    private readonly Tensor _inputs = zeros(new[] { shape.Inputs, shape.Inputs }, type, shape.Device).DetachFromDisposeScope();
    private Tensor? _outputs;
    private ObservedCounts _counts;

    public void AddInputs(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        var a = sample.Inputs.to(type); // [N, I]
        _inputs.AddInPlace(a.t().mm(a));
        _counts = _counts.Plus(sample);
    }

    public void AddOutputs(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        _outputs ??= zeros(new[] { shape.Outputs, shape.Outputs }, type, shape.Device).DetachFromDisposeScope();
        var g = sample.OutputGradients.to(type); // [V·N, O]
        _outputs.AddInPlace(g.t().mm(g));
    }

    /// <summary>A = Σ aᵀa / N: [I, I].</summary>
    public Tensor InputFactor(bool positionsInOutputs = false) => _inputs.Over(_counts.Rows * (positionsInOutputs ? _counts.Positions : 1));

    /// <summary>G = s Σ gᵀg, where s undoes the averaging of the loss: [O, O].</summary>
    public Tensor OutputFactor(LossAverage average, double gradientScale, bool positionsInOutputs = false) =>
        _outputs!.Times(OutputScale(average) / (gradientScale * gradientScale) * (positionsInOutputs ? _counts.Positions : 1));

    /// <inheritdoc cref="ObservedCounts.OutputScale"/>
    public double OutputScale(LossAverage average) => _counts.OutputScale(average);

    public void Dispose()
    {
        _inputs.Dispose();
        _outputs?.Dispose();
    }
}
