using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>A Aᵀ and Aᵀ A at little more than half of the operations of a general product, for want of a symmetric one in libtorch.</summary>
internal static class SymmetricProduct
{
    /// <summary>Rows of a panel: fewer make the products slow, more leave more of the mirror image to be computed.</summary>
    private const int PanelRows = 120;

    /// <summary>Below so many rows, or rows and columns together, a general product is as fast.</summary>
    private const long WorthwhileRows = 400;
    private const long WorthwhileSize = 640;

    /// <summary>Columns below which panels are too thin for the fast products of low precision.</summary>
    private const long WorthwhileColumns = 256;

    /// <summary>AᵀA.</summary>
    /// <param name="a">A: [N, D].</param>
    /// <returns>[D, D]</returns>
    public static Tensor OfColumns(Tensor a)
    {
        using var transposed = a.t();
        return OfRows(transposed);
    }

    /// <summary>A Aᵀ: panel by panel what lies on and right of the diagonal, then its mirror image: (1 + 1/P)/2 of the operations with P panels.</summary>
    /// <param name="a">A: [D, N].</param>
    /// <returns>[D, D]</returns>
    public static Tensor OfRows(Tensor a)
    {
        using var scope = NewDisposeScope();
        var (d, transposed) = (a.shape[0], a.t());
        var isThin = a.shape[1] < WorthwhileColumns && a.dtype is not (ScalarType.Float32 or ScalarType.Float64);
        if (d < WorthwhileRows || d + a.shape[1] < WorthwhileSize || isThin)
        {
            return a.mm(transposed).MoveToOuterDisposeScope();
        }

        var product = empty(new[] { d, d }, a.dtype, a.device);
        var panels = Math.Max(4, d / PanelRows);
        for (var panel = 0L; panel < panels; panel++)
        {
            var (start, end) = (panel * d / panels, (panel + 1) * d / panels);
            var strip = product.narrow(0, start, end - start);
            strip.narrow(1, start, d - start).addmm_(a.narrow(0, start, end - start), transposed.narrow(1, start, d - start), 0, 1);
            product.narrow(0, end, d - end).narrow(1, start, end - start).copy_(strip.narrow(1, end, d - end).t());
        }

        return product.MoveToOuterDisposeScope();
    }
}
