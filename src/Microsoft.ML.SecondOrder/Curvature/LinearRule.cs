using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>A dense layer on the last of any number of axes; all axes between the first and the last share the weight.</summary>
internal sealed class LinearRule(Linear layer) : LayerRule
{
    public override Parameter Weight => layer.weight;

    public override Parameter? Bias => layer.bias;

    public override Tensor InputRows(Tensor input, WeightSharing sharing)
    {
        using var grouped = ByExample(input); // [B, R, I]
        return sharing == WeightSharing.Reduce ? grouped.mean(new long[] { 1 }) : grouped.reshape(-1, grouped.shape[2]);
    }

    public override (Tensor Rows, long Batch, long Positions) GradientRows(Tensor gradient, WeightSharing sharing)
    {
        using var grouped = ByExample(gradient); // [B, R, O]
        var rows = sharing == WeightSharing.Reduce ? grouped.sum(dim: 1L) : grouped.reshape(-1, grouped.shape[2]);
        return (rows, grouped.shape[0], grouped.shape[1]);
    }

    /// <summary>[B, …, D] as [B, R, D]; a single vector [D] is one example.</summary>
    private static Tensor ByExample(Tensor x) => x.dim() == 1
        ? x.reshape(1, 1, x.shape[0])
        : x.reshape(x.shape[0], x.numel() / Math.Max(1, x.shape[0] * x.shape[^1]), x.shape[^1]);
}
