using Microsoft.ML.SecondOrder.Curvature;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.MarginalLikelihood;

/// <summary>What a layer saw of a row in several uses, or of several draws of it, as what it saw at once.</summary>
internal static class RowSamples
{
    /// <summary>The uses of one scale in a pass add up, as its positions do: [V·B, O]. The sample's own where it was used once.</summary>
    public static LayerSample AtOnce(LayerSample sample)
    {
        if (sample.Inputs.shape[0] == sample.Batch || sample.Inputs.shape[0] % sample.Batch != 0)
        {
            return sample;
        }

        using var own = sample;
        using var uses = sample.OutputGradients.reshape(sample.Vectors * sample.Batch, -1, sample.OutputGradients.shape[1]);
        return sample with { Inputs = sample.Inputs.narrow(0, 0, sample.Batch).clone(), OutputGradients = uses.sum(dim: 1L) };
    }

    /// <summary>
    /// S draws of a row, one after the other, are reduced as positions are: the mean of the inputs and the sum of the gradients, which belong to the mean of the outputs.
    /// The sample's own where S is 1.
    /// </summary>
    public static LayerSample OverDraws(LayerSample sample, int draws)
    {
        if (draws == 1)
        {
            return sample;
        }

        using var own = sample;
        using var scope = NewDisposeScope();
        var rows = sample.Batch / draws;
        Tensor Apart(Tensor all, long blocks) => all.reshape(blocks, draws, -1, all.shape[1]);
        return sample with
        {
            Batch = rows,
            Inputs = Apart(sample.Inputs, rows).mean(new long[] { 1 }).flatten(0, 1).MoveToOuterDisposeScope(),
            OutputGradients = Apart(sample.OutputGradients, sample.Vectors * rows).sum(dim: 1L).flatten(0, 1).MoveToOuterDisposeScope(),
        };
    }

    /// <summary>The mean over the draws of a row, with its graph: [B·S, …] to [B, …].</summary>
    public static Tensor Mean(Tensor outputs, int draws)
    {
        using var gradMode = enable_grad();
        return draws == 1 ? outputs : outputs.reshape([-1, draws, .. outputs.shape[1..]]).mean(new long[] { 1 });
    }
}
