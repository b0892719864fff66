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
    private readonly List<Tensor> _few = []; // each [N, I]; none where they are many
    private long _rows;

    /// <summary>Adds aᵀa, once for each pass.</summary>
    public void AddInputs(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        var a = sample.Inputs.to(float64); // [N, I]
        _inputs.AddInPlace(a.t().mm(a));
        _rows += a.shape[0];
        if (AreFew)
        {
            _few.Add(a.clone().DetachFromDisposeScope());
        }
        else
        {
            ForgetRows();
        }
    }

    /// <summary>The eigenvalues of A, ascending: those of the rows' inner products and zeros, where rows are few: [I].</summary>
    /// <param name="a">A.</param>
    /// <param name="name">Names it in errors.</param>
    public Tensor InputEigenvalues(Tensor a, string name)
    {
        if (!AreFew || _rows == 0)
        {
            return Factorizations.Eigenvalues(a, name);
        }

        using var scope = NewDisposeScope();
        var rows = cat(_few, 0);
        var values = Factorizations.Eigenvalues(rows.mm(rows.t()).Over(_rows), name);
        return cat(new List<Tensor> { zeros(new[] { inputs - _rows }, float64, a.device), values }, 0).MoveToOuterDisposeScope();
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
    public Tensor InputFactor() => _inputs.Over(Math.Max(1.0, _rows));

    /// <summary>G, times a factor: [O, O].</summary>
    public Tensor OutputFactor(double factor) => _outputs.Times(factor);

    public void Dispose()
    {
        ForgetRows();
        _inputs.Dispose();
        _outputs.Dispose();
    }

    private bool AreFew => 2 * _rows <= inputs;

    private void ForgetRows()
    {
        _few.ForEach(a => a.Dispose());
        _few.Clear();
    }
}
