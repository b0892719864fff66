using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>
/// Outputs where only the last layer, f = Wa, is uncertain: with P the eigenvectors of G the covariance of a row is
/// P diag(v) Pᵀ, where v is made of the row's inputs a alone. No backward pass; nothing larger than [B, C] for variances.
/// </summary>
internal sealed class LastLayerOutputs(nn.Module<Tensor, Tensor> model, LayerTap tap, IReadOnlyList<PosteriorBlock> blocks) : PredictiveOutputs
{
    public override (Tensor Mean, Tensor Variance) Variances(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (mean, along) = Along(x);
        return (mean.MoveToOuterDisposeScope(), along.mm(blocks[0].OutputVectors.square().t()).MoveToOuterDisposeScope());
    }

    public override (Tensor Mean, Tensor Covariance) Covariances(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (mean, along) = Along(x);
        var rows = blocks[0].OutputVectors.unsqueeze(0).mul(along.sqrt().unsqueeze(1)); // [B, C, C]
        return (mean.MoveToOuterDisposeScope(), rows.bmm(rows.transpose(1, 2)).MoveToOuterDisposeScope());
    }

    public override Tensor Samples(Tensor x, long draws, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (mean, along) = Along(x);
        var noise = Noise([draws, along.shape[0], along.shape[1]], generator, along.device).mul(along.sqrt().unsqueeze(0));
        var deviations = noise.flatten(0, 1).mm(blocks[0].OutputVectors.t()).reshape(noise.shape);
        return deviations.Plus(mean.to(float64).unsqueeze(0)).MoveToOuterDisposeScope();
    }

    /// <summary>f, and the variances v along the eigenvectors of G: [B, C] each.</summary>
    private (Tensor Mean, Tensor Along) Along(Tensor x)
    {
        using var mode = new EvaluationMode(model);
        var outputs = CurvatureSum.Outputs(model, x, [tap]);
        Require(outputs);
        CurvatureSum.RequireLast(blocks[0].Block.Layer, tap.Outputs, outputs);
        var mean = outputs.detach();
        using var sample = tap.Probe([[mean]], keeps: false)!;
        return (mean, blocks.Select(b => b.InputVariances(sample.Inputs)).Aggregate((a, b) => a.Plus(b)));
    }
}
