using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>What K-BFGS keeps of one pass over a batch. Owns it.</summary>
internal sealed class KbfgsPass : IDisposable
{
    private readonly Dictionary<string, Tensor> _sums = [];
    private readonly List<Tensor> _rows = [];
    private double _count;
    private double _examples;

    /// <summary>R, the positions of an example that are kept apart.</summary>
    public double Positions => _count / _examples;

    /// <summary>Mean of the layer's inputs a: [I].</summary>
    public Tensor InputMean => _sums["a"].Over(_count);

    /// <summary>A = mean of a aᵀ: [I, I].</summary>
    public Tensor InputFactor => _rows.Select(a => a.t().mm(a)).Aggregate((x, y) => x.Plus(y)).Over(_count);

    /// <summary>Mean of the layer's outputs z: [O].</summary>
    public Tensor OutputMean => _sums["z"].Over(_count);

    /// <summary>Gradient of the mean loss at the outputs, summed over the rows: [O].</summary>
    public Tensor GradientSum => _sums["g"];

    /// <summary>A v without A: mean of a (a·v). [I].</summary>
    public Tensor InputAction(Tensor v) => _rows.Select(a => a.t().mv(a.mv(v))).Aggregate((x, y) => x.Plus(y)).Over(_count);

    /// <summary>Takes in one micro-batch.</summary>
    /// <param name="sample">Borrowed.</param>
    /// <param name="keepsInputs">Whether A or its action will be asked for.</param>
    public void Add(LayerSample sample, bool keepsInputs)
    {
        using var scope = NewDisposeScope();
        double rows = sample.Inputs.shape[0];
        Sum("a", sample.Inputs.sum(dim: 0L));
        Sum("z", sample.OutputMean!.Times(rows));
        Sum("g", sample.OutputGradients.sum(dim: 0L));
        if (keepsInputs)
        {
            _rows.Add(sample.Inputs.detach().DetachFromDisposeScope()); // the same memory
        }

        _count += rows;
        _examples += sample.Batch;
    }

    public void Dispose()
    {
        foreach (var tensor in _sums.Values.Concat(_rows))
        {
            tensor.Dispose();
        }
    }

    private void Sum(string name, Tensor part)
    {
        if (_sums.TryGetValue(name, out var sum))
        {
            sum.AddInPlace(part);
        }
        else
        {
            _sums.Add(name, part.DetachFromDisposeScope());
        }
    }
}
