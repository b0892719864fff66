using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>
/// How the entries of a joint weight [O, I] are dealt out to n blocks of k numbers: kernels of a convolution, whose bias column
/// stays outside, or a dense layer's rows or columns. Pure functions.
/// </summary>
internal sealed class MiniBlockLayout
{
    /// <summary>More numbers than this in the blocks of one layer are refused.</summary>
    private const long Most = 1L << 28;

    private readonly LayerShape _layer;
    private readonly MiniBlockGrouping? _grouping;

    /// <exception cref="ArgumentException">The layer's blocks would fill the memory.</exception>
    public MiniBlockLayout(LayerShape layer, MiniBlockGrouping grouping)
    {
        _layer = layer;
        var (o, i) = (layer.Outputs, layer.Inputs);
        if (layer.KernelSize is not null)
        {
            (Blocks, Size) = Kernels(layer);
        }
        else
        {
            _grouping = grouping;
            (Blocks, Size) = grouping switch
            {
                MiniBlockGrouping.Shared => (1, i),
                MiniBlockGrouping.Outputs => (o, i),
                _ => (i, o),
            };
        }

        if (Numbers(Blocks, Size) > Most)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"The mini-blocks of layer '{layer.Name}' [{o}, {i}] would hold {Numbers(Blocks, Size):N0} numbers, more than {Most:N0}. "
                + $"{(_grouping is null ? "Train this layer in a group with another method." : $"Set Grouping to {MiniBlockGrouping.Shared}, which holds {i * i:N0}.")}"));
        }
    }

    /// <summary>Whether the blocks of a convolution's kernels are not refused.</summary>
    public static bool Fits(LayerShape convolution)
    {
        var (blocks, size) = Kernels(convolution);
        return Numbers(blocks, size) <= Most;
    }

    /// <summary>n.</summary>
    public long Blocks { get; }

    /// <summary>k.</summary>
    public long Size { get; }

    /// <summary>Whether there is one block, with the outputs as its columns.</summary>
    public bool IsShared => _grouping == MiniBlockGrouping.Shared;

    /// <summary>Whether the last column of the joint weight lies outside of the blocks.</summary>
    public bool HasLooseBias => _grouping is null && _layer.HasBias;

    /// <summary>Weight gradients as columns of the blocks.</summary>
    /// <param name="gradients">[b, O, I]</param>
    /// <returns>[n, k, b], or [1, I, b·O] for one block.</returns>
    public Tensor Columns(Tensor gradients) => _grouping switch
    {
        null => gradients.narrow(2, 0, Blocks * Size / _layer.Outputs).reshape(gradients.shape[0], Blocks, Size).permute(1, 2, 0),
        MiniBlockGrouping.Shared => gradients.reshape(-1, _layer.Inputs).t().unsqueeze(0),
        MiniBlockGrouping.Outputs => gradients.permute(1, 2, 0),
        _ => gradients.permute(2, 1, 0),
    };

    /// <summary>Undoes <see cref="Columns"/> for one gradient; without a loose bias.</summary>
    /// <returns>[O, I] or, without the bias, [O, I − 1].</returns>
    public Tensor Restored(Tensor columns) => _grouping switch
    {
        null => columns.reshape(_layer.Outputs, -1),
        MiniBlockGrouping.Shared => columns.squeeze(0).t(),
        MiniBlockGrouping.Outputs => columns.squeeze(2),
        _ => columns.squeeze(2).t(),
    };

    /// <summary>Σ v vᵀ of each block over the examples: [n, k, k]; the mean over the outputs for one block.</summary>
    /// <param name="gradients">[b, O, I]</param>
    public Tensor Moments(Tensor gradients)
    {
        using var scope = NewDisposeScope();
        var x = Columns(gradients);
        var product = x.bmm(x.transpose(1, 2));
        return (IsShared ? product.Over(_layer.Outputs) : product).MoveToOuterDisposeScope();
    }

    /// <summary><see cref="Moments(Tensor)"/> for one block and examples of one position, whose gradients need not be formed: Σ |g|²/O a aᵀ.</summary>
    public Tensor SharedMoments(Tensor inputs, Tensor outputGradients, long vectors)
    {
        using var scope = NewDisposeScope();
        var energy = outputGradients.square().sum(dim: 1L).reshape(vectors, -1).sum(dim: 0L).unsqueeze(1); // [N, 1]
        return inputs.t().mm(inputs.mul(energy)).Over(_layer.Outputs).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Σ v² of the loose bias over the examples: [O].</summary>
    public Tensor BiasMoments(Tensor gradients)
    {
        using var scope = NewDisposeScope();
        return gradients.select(2, _layer.Inputs - 1).square().sum(dim: 0L).MoveToOuterDisposeScope();
    }

    /// <summary>(F + λI)⁻¹ v of each block: [O, I].</summary>
    /// <param name="gradient">[O, I]</param>
    /// <param name="inverse">(F + λI)⁻¹: [n, k, k].</param>
    /// <param name="bias">Moments of the loose bias: [O], or null.</param>
    /// <param name="damping">λ.</param>
    public Tensor Direction(Tensor gradient, Tensor inverse, Tensor? bias, double damping)
    {
        using var scope = NewDisposeScope();
        var weights = Restored(inverse.bmm(Columns(gradient.unsqueeze(0))));
        if (bias is null)
        {
            return weights.contiguous().MoveToOuterDisposeScope();
        }

        var column = gradient.select(1, _layer.Inputs - 1).div(bias.Plus(damping)).unsqueeze(1);
        return cat(new List<Tensor> { weights, column }, 1).MoveToOuterDisposeScope();
    }

    private static (long Blocks, long Size) Kernels(LayerShape layer)
    {
        var size = layer.KernelSize!.Value;
        return (layer.Outputs * ((layer.Inputs - (layer.HasBias ? 1 : 0)) / size), size);
    }

    private static Int128 Numbers(long blocks, long size) => (Int128)blocks * size * size;
}
