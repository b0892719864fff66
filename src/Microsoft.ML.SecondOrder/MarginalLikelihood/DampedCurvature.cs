using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// What <see cref="PriorPrecision.Curvature"/> is made of for one block. The prior's precision is hγ times NP = (A + π√λ I) ⊗ (G + N√λ/π I), with G the
/// sum over N rows. It has the eigenvectors of the curvature G ⊗ A, so that everything is elementwise in the eigenvalues.
/// </summary>
internal sealed class DampedCurvature
{
    private readonly double[] _inputs; // a + π√λ: [I]
    private readonly double[] _outputs; // g + N√λ/π: [O]

    /// <param name="block">With its eigenvalues.</param>
    /// <param name="g">G: [O, O].</param>
    /// <param name="deviation">The joint weight, with biases 0: [O, I] in double.</param>
    /// <param name="rows">N.</param>
    /// <param name="damping">λ.</param>
    public DampedCurvature(CurvatureBlock block, Tensor g, Tensor deviation, double rows, double damping)
    {
        using var scope = NewDisposeScope();
        var a = block.InputFactor;
        var (ofInputs, ofOutputs) = KroneckerDamping.Factored(a, g.Over(rows), damping);
        ofOutputs *= rows;
        _inputs = [.. block.InputEigenvalues.Select(v => v + ofInputs)];
        _outputs = [.. block.OutputEigenvalues.Select(v => v + ofOutputs)];
        Inputs = [.. block.InputEigenvalues.Select((v, j) => v / _inputs[j])];
        Outputs = [.. block.OutputEigenvalues.Select((v, i) => v / _outputs[i])];
        var right = deviation.mm(a.to(float64)).Plus(deviation, ofInputs);
        var both = g.to(float64).mm(right).Plus(right, ofOutputs);
        Square = both.mul(deviation).sum().ToDouble();
        LogDeterminant = _outputs.Length * _inputs.Sum(Math.Log) + _inputs.Length * _outputs.Sum(Math.Log);
    }

    /// <summary>a/(a + π√λ), below 1: [I].</summary>
    public double[] Inputs { get; }

    /// <summary>g/(g + N√λ/π), below 1: [O]. One of these times one of the inputs', over γ, is the ratio of curvature to prior.</summary>
    public double[] Outputs { get; }

    /// <summary>θᵀNPθ of the weights, without biases.</summary>
    public double Square { get; }

    /// <summary>log det NP.</summary>
    public double LogDeterminant { get; }

    /// <summary>Variances along the eigenvectors, 1/(h(ag + γNp)): [O, I].</summary>
    /// <param name="rate">γ.</param>
    /// <param name="h">1/(σ²T).</param>
    public Tensor Variances(double rate, double h)
    {
        using var scope = NewDisposeScope();
        Tensor Outer(double[] outputs, double[] inputs) => tensor(outputs).outer(tensor(inputs));
        return Outer(Outputs, Inputs).Plus(rate).mul(Outer(_outputs, _inputs)).Times(h).reciprocal().MoveToOuterDisposeScope();
    }
}
