using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>
/// A two-dimensional convolution as a dense layer on patches that is shared over the output positions
/// (Grosse and Martens, 2016, arXiv 1602.01407). With groups the input channels are averaged over the groups.
/// </summary>
internal sealed class Conv2dRule(Conv2d layer) : LayerRule
{
    public override Parameter Weight => layer.weight;

    public override Parameter? Bias => layer.bias;

    public override long? KernelSize => layer.kernel_size[0] * layer.kernel_size[1];

    public override Tensor InputRows(Tensor input, WeightSharing sharing)
    {
        using var scope = NewDisposeScope();
        var patches = F.unfold(Padded(GroupMean(input)), Pair(layer.kernel_size), Pair(layer.dilation), (0, 0), Pair(layer.stride)); // [B, I, R]
        var rows = sharing == WeightSharing.Reduce
            ? patches.mean(new long[] { 2 })
            : patches.permute(0, 2, 1).reshape(-1, patches.shape[1]);
        return rows.MoveToOuterDisposeScope();
    }

    public override (Tensor Rows, long Batch, long Positions) GradientRows(Tensor gradient, WeightSharing sharing)
    {
        using var scope = NewDisposeScope();
        var flat = gradient.flatten(2); // [B, O, R]
        var rows = sharing == WeightSharing.Reduce
            ? flat.sum(dim: 2L)
            : flat.permute(0, 2, 1).reshape(-1, flat.shape[1]);
        return (rows.MoveToOuterDisposeScope(), flat.shape[0], flat.shape[2]);
    }

    private static (long, long) Pair(long[] sizes) => (sizes[0], sizes[1]);

    /// <summary>[B, C, H, W] averaged to the channels of one group.</summary>
    private Tensor GroupMean(Tensor input) => layer.groups == 1
        ? input
        : input.reshape(input.shape[0], layer.groups, input.shape[1] / layer.groups, input.shape[2], input.shape[3])
            .mean(new long[] { 1 });

    /// <summary>The input with the layer's own padding, in its own mode.</summary>
    private Tensor Padded(Tensor input)
    {
        var (top, bottom) = Padding(0);
        var (left, right) = Padding(1);
        return (top | bottom | left | right) == 0 ? input : F.pad(input, new[] { left, right, top, bottom }, layer.padding_mode);
    }

    private (long Before, long After) Padding(int axis)
    {
        if (layer.padding_type is null)
        {
            var size = layer.padding is null ? 0 : layer.padding[axis];
            return (size, size);
        }

        if (layer.padding_type == TorchSharp.Padding.Valid)
        {
            return (0, 0);
        }

        var total = layer.dilation[axis] * (layer.kernel_size[axis] - 1);
        return (total / 2, total - total / 2);
    }
}
