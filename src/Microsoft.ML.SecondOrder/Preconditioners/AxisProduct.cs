using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>Products of a tensor with matrices along single axes, for methods that work on parameters of any number of axes.</summary>
internal static class AxisProduct
{
    /// <summary>The axes of a parameter that are longer than 1, or one axis of length 1 where there is none.</summary>
    public static long[] Squeezed(IReadOnlyList<long> sizes) => sizes.Where(s => s != 1).ToArray() is { Length: > 0 } kept ? kept : [1];

    /// <summary>X with one axis first and the others folded into columns: [dₙ, D/dₙ]; a view where it can be.</summary>
    public static Tensor Unfold(Tensor x, int axis) => x.transpose(0, axis).reshape(x.shape[axis], -1);

    /// <summary>What <see cref="Unfold"/> undoes.</summary>
    /// <param name="unfolded">[dₙ, D/dₙ]</param>
    /// <param name="axis">n.</param>
    /// <param name="sizes">The shape to return to.</param>
    public static Tensor Fold(Tensor unfolded, int axis, IReadOnlyList<long> sizes)
    {
        var swapped = sizes.ToArray();
        (swapped[0], swapped[axis]) = (swapped[axis], swapped[0]);
        return unfolded.reshape(swapped).transpose(0, axis);
    }

    /// <summary>out[…i…] = Σ M_ij x[…j…] for a product X ↦ M X on columns.</summary>
    public static Tensor Along(Tensor x, int axis, Func<Tensor, Tensor> product)
    {
        using var scope = NewDisposeScope();
        return Fold(product(Unfold(x, axis)), axis, x.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Σ over all axes but one: X₍ₙ₎ X₍ₙ₎ᵀ: [dₙ, dₙ].</summary>
    public static Tensor Contraction(Tensor x, int axis)
    {
        using var scope = NewDisposeScope();
        return Matrices.SymmetricProduct.OfRows(Unfold(x, axis)).MoveToOuterDisposeScope();
    }
}
