using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Curvature;

/// <summary>
/// How the inputs and output gradients of one kind of layer become the rows a and g of its Kronecker factors,
/// such that gᵀ a is the gradient of the joint weight [W b].
/// </summary>
internal abstract class LayerRule
{
    /// <summary>The weight, of any shape [O, …].</summary>
    public abstract Parameter Weight { get; }

    /// <summary>The bias [O], or null.</summary>
    public abstract Parameter? Bias { get; }

    /// <summary>Whether the bias is a column of the joint weight of its own, the last; otherwise it lies below the weight, in the same column.</summary>
    public virtual bool HasBiasColumn => true;

    /// <inheritdoc cref="LayerShape.KernelSize"/>
    public virtual long? KernelSize => null;

    /// <summary>The rule for a module, or null where there is none.</summary>
    public static LayerRule? For(nn.Module module) => module switch
    {
        Linear linear => new LinearRule(linear),
        Conv2d convolution => new Conv2dRule(convolution),
        _ => null,
    };

    /// <summary>Rows of layer inputs, without the bias column.</summary>
    /// <param name="input">What the layer was called with.</param>
    /// <param name="sharing">Whether positions are kept apart or averaged.</param>
    /// <returns>[B·R, I] for expand, [B, I] for reduce.</returns>
    public abstract Tensor InputRows(Tensor input, WeightSharing sharing);

    /// <summary>Rows of layer inputs with the column of the joint weight's bias, where it has one.</summary>
    protected virtual Tensor InputRows(Tensor input, WeightSharing sharing, BiasInput bias)
    {
        var rows = InputRows(input, sharing);
        if (bias == BiasInput.None)
        {
            return rows;
        }

        var column = new[] { rows.shape[0], 1 };
        using var bare = rows;
        using var last = bias == BiasInput.One ? ones(column, rows.dtype, rows.device) : zeros(column, rows.dtype, rows.device);
        return cat(new List<Tensor> { bare, last }, 1);
    }

    /// <summary>Rows of output gradients.</summary>
    /// <param name="gradient">Of the shape of the layer's output.</param>
    /// <param name="sharing">Whether positions are kept apart or summed.</param>
    /// <returns>[B·R, O] for expand, [B, O] for reduce; and the number B of examples and R of positions.</returns>
    public abstract (Tensor Rows, long Batch, long Positions) GradientRows(Tensor gradient, WeightSharing sharing);

    /// <summary>The sample of one use of the layer.</summary>
    public LayerSample Sample(Tensor input, Tensor gradient, WeightSharing sharing, bool withBias) =>
        Sample(input, [gradient], sharing, withBias ? BiasInput.One : BiasInput.None);

    /// <summary>The sample of one use of the layer, to whose output several vectors were propagated back.</summary>
    public virtual LayerSample Sample(Tensor input, IReadOnlyList<Tensor> vectors, WeightSharing sharing, BiasInput bias)
    {
        var rows = InputRows(input, sharing, bias);
        var parts = vectors.Select(v => GradientRows(v, sharing)).ToList();
        var (gradients, batch, positions) = parts[0];
        if (parts.Count > 1)
        {
            gradients = cat(parts.Select(p => p.Rows).ToList(), 0);
            parts.ForEach(p => p.Rows.Dispose());
        }

        return new LayerSample(rows, gradients, batch, positions) { Vectors = vectors.Count };
    }
}
