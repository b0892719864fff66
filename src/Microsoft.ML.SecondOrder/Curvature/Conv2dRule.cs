using Microsoft.ML.SecondOrder.Matrices;
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
        if (sharing == WeightSharing.Expand)
        {
            return Rows(input, BiasInput.None);
        }

        using var scope = NewDisposeScope();
        return Patches(input).mean(new long[] { 4, 5 }).flatten(1).MoveToOuterDisposeScope();
    }

    protected override Tensor InputRows(Tensor input, WeightSharing sharing, BiasInput bias) =>
        sharing == WeightSharing.Expand ? Rows(input, bias) : base.InputRows(input, sharing, bias);

    public override (Tensor Rows, long Batch, long Positions) GradientRows(Tensor gradient, WeightSharing sharing)
    {
        using var scope = NewDisposeScope();
        var flat = Batched(gradient).flatten(2); // [B, O, R]
        var rows = sharing == WeightSharing.Reduce
            ? flat.sum(dim: 2L)
            : flat.transpose(0, 1).reshape(flat.shape[1], -1).t(); // laid out as the patches are
        return (rows.MoveToOuterDisposeScope(), flat.shape[0], flat.shape[2]);
    }

    /// <summary>
    /// The patches in one strided copy, with room for the bias: in memory position by position within each entry of a patch, as in
    /// the input, so that long runs are copied. (Unfolding, transposing and appending the bias are three passes, of single entries.)
    /// </summary>
    private Tensor Rows(Tensor input, BiasInput bias)
    {
        using var scope = NewDisposeScope();
        var patches = Patches(input); // [B, C, kH, kW, H', W']
        var sizes = patches.shape;
        var (entries, count) = (sizes[1] * sizes[2] * sizes[3], sizes[0] * sizes[4] * sizes[5]);
        var columns = empty(new[] { entries + (bias == BiasInput.None ? 0 : 1), count }, input.dtype, input.device); // [I, N]
        columns.narrow(0, 0, entries).view(sizes[1], sizes[2], sizes[3], sizes[0], sizes[4], sizes[5]).copy_(patches.permute(1, 2, 3, 0, 4, 5));
        if (bias == BiasInput.One)
        {
            columns.narrow(0, entries, 1).FillWithOnes();
        }
        else if (bias == BiasInput.Zero)
        {
            columns.narrow(0, entries, 1).ClearInPlace();
        }

        return columns.t().MoveToOuterDisposeScope();
    }

    /// <summary>A single image [C, H, W] is one example.</summary>
    private static Tensor Batched(Tensor images) => images.dim() == 3 ? images.unsqueeze(0) : images;

    /// <summary>What the layer sees at each output position, as a view: [B, C, kH, kW, H', W'].</summary>
    private Tensor Patches(Tensor input)
    {
        var padded = Padded(GroupMean(Batched(input)));
        var (sizes, strides) = (padded.shape, padded.stride());
        long Outputs(int axis) => ((sizes[2 + axis] - layer.dilation[axis] * (layer.kernel_size[axis] - 1) - 1) / layer.stride[axis]) + 1;
        return padded.as_strided(
            new[] { sizes[0], sizes[1], layer.kernel_size[0], layer.kernel_size[1], Outputs(0), Outputs(1) },
            new[] { strides[0], strides[1], strides[2] * layer.dilation[0], strides[3] * layer.dilation[1], strides[2] * layer.stride[0], strides[3] * layer.stride[1] },
            padded.storage_offset());
    }

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
