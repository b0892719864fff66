using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// The posterior of one block of weights: a normal distribution with the covariance (h G ⊗ A + I ⊗ D)⁻¹. With G = P diag(g) Pᵀ
/// and D^−½ A D^−½ = U diag(s) Uᵀ it is (P ⊗ T) diag(m) (P ⊗ T)ᵀ with T = D^−½ U and mᵢⱼ = 1/(1 + h gᵢ sⱼ). Where the prior is the damped
/// curvature itself, T are the eigenvectors of A. Owns its tensors.
/// </summary>
internal sealed class PosteriorBlock : IDisposable
{
    private readonly Tensor _left; // P: [O, O]
    private readonly Tensor _right; // T: [I, I]
    private readonly Tensor _variances; // m: [O, I]

    private PosteriorBlock(CurvatureBlock block, Tensor right, Tensor variances) =>
        (Block, _left, _right, _variances) = (block, block.OutputVectors!, right.DetachFromDisposeScope(), variances.DetachFromDisposeScope());

    /// <summary>With a precision for each column.</summary>
    public static PosteriorBlock Of(CurvatureBlock block, ReadOnlySpan<int> columns, ReadOnlySpan<double> precisions, double? uniform, double h)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = EvidenceModel.Rescaled(block, columns, precisions, uniform);
        var roots = EvidenceModel.Roots(block, columns, precisions);
        var device = block.InputFactor.device;
        var ratios = tensor(block.OutputEigenvalues, device: device).unsqueeze(1).mul(tensor(values, device: device).unsqueeze(0));
        return new PosteriorBlock(block, (vectors ?? block.InputVectors!).mul(roots.unsqueeze(1)), ratios.Times(h).Plus(1).reciprocal());
    }

    /// <summary>With the damped curvature for a prior.</summary>
    public static PosteriorBlock Curved(CurvatureBlock block, double rate, double h)
    {
        using var scope = NewDisposeScope();
        return new PosteriorBlock(block, block.InputVectors!.clone(), block.Damped!.Variances(rate, h).to(block.InputFactor.device));
    }

    public CurvatureBlock Block { get; }

    /// <summary>P, the eigenvectors of G in columns: [O, O].</summary>
    public Tensor OutputVectors => _left;

    /// <summary>The symmetric root of the covariance times a matrix, in the basis of the eigenvectors' columns: P(√m ∘ (Pᵀ V U))Tᵀ.</summary>
    /// <param name="v">V: [O, I].</param>
    public Tensor RootTimes(Tensor v)
    {
        using var scope = NewDisposeScope();
        var unit = _right.div(_right.square().sum(dim: 0L, keepdim: true).sqrt()); // U, where all precisions are alike
        return Draw(_left.t().mm(v).mm(unit)).MoveToOuterDisposeScope();
    }

    /// <summary>Pᵀ, Tᵀ and m, row by row.</summary>
    public (float[] Left, float[] Right, float[] Variances) Numbers()
    {
        using var scope = NewDisposeScope();
        float[] Floats(Tensor tensor) => tensor.to(float32).cpu().contiguous().data<float>().ToArray();
        return (Floats(_left.t()), Floats(_right.t()), Floats(_variances));
    }

    /// <summary>P(√m ∘ E)Tᵀ: a draw of the weights' deviation for E of standard normal numbers.</summary>
    /// <param name="e">[O, I].</param>
    public Tensor Draw(Tensor e)
    {
        using var scope = NewDisposeScope();
        return _left.mm(e.mul(_variances.sqrt())).mm(_right.t()).MoveToOuterDisposeScope();
    }

    /// <summary>Rows a of inputs, where each example has one, as what each eigenvector of G contributes to a variance: Σⱼ (aT)ⱼ² mᵢⱼ.</summary>
    /// <param name="a">[B, I].</param>
    /// <returns>[B, O]</returns>
    public Tensor InputVariances(Tensor a)
    {
        using var scope = NewDisposeScope();
        return Own(a).mm(_right).square().mm(_variances.t()).MoveToOuterDisposeScope();
    }

    /// <summary>Rows g of output gradients along the eigenvectors of G: [B, O].</summary>
    public Tensor Along(Tensor g)
    {
        using var scope = NewDisposeScope();
        return g.to(float64).mm(_left).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Rows whose products are variances and covariances, for layers with several positions or uses: √m ∘ (Pᵀ J T) with
    /// J = Σ g aᵀ over the positions of an example.
    /// </summary>
    /// <returns>[B, O·I]</returns>
    public Tensor Rows(LayerSample sample)
    {
        using var scope = NewDisposeScope();
        var a = Own(sample.Inputs).mm(_right).reshape(sample.Batch, -1, Block.Inputs); // [B, R, I]
        var g = sample.OutputGradients.to(float64).mm(_left).reshape(sample.Batch, -1, Block.Outputs); // [B, R, O]
        return g.transpose(1, 2).bmm(a).mul(_variances.sqrt()).flatten(1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _right.Dispose();
        _variances.Dispose();
    }

    /// <summary>The block's own columns of rows of the joint layer's inputs, in double.</summary>
    private Tensor Own(Tensor a) => a.narrow(1, Block.Start, Block.Inputs).to(float64);
}
