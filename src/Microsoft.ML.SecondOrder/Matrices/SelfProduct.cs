using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>S Sᵀ of a structured S as an operator. Borrows S; owns the product where it keeps one.</summary>
internal sealed class SelfProduct : IDisposable
{
    private readonly StructuredMatrix _factor;
    private readonly Tensor? _product;

    /// <param name="factor">S.</param>
    /// <param name="keepProduct">Whether to form S Sᵀ once: one product for each later application instead of two.</param>
    public SelfProduct(StructuredMatrix factor, bool keepProduct)
    {
        _factor = factor;
        if (keepProduct)
        {
            _product = factor.OuterGram().DetachFromDisposeScope();
        }
    }

    /// <summary>S Sᵀ X.</summary>
    /// <param name="x">X: [D, N].</param>
    public Tensor Times(Tensor x)
    {
        if (_product is not null)
        {
            return _product.mm(x);
        }

        using var inner = _factor.TransposeTimes(x);
        return _factor.Times(inner);
    }

    /// <inheritdoc/>
    public void Dispose() => _product?.Dispose();
}
