using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>S Sᵀ of a structured S as an operator. Borrows S; owns the product where it keeps one.</summary>
internal sealed class SelfProduct : IDisposable
{
    private readonly StructuredMatrix _factor;
    private readonly StructuredMatrix? _sparse;
    private readonly Tensor? _dense;

    /// <param name="factor">S.</param>
    /// <param name="keepsDense">Whether to form S Sᵀ once in dense form, where the pattern does not hold it: one product for each later application instead of two.</param>
    public SelfProduct(StructuredMatrix factor, bool keepsDense)
    {
        using var scope = NewDisposeScope();
        _factor = factor;
        _sparse = factor.OuterGramInPattern()?.Keep();
        if (keepsDense && _sparse is null)
        {
            _dense = factor.OuterGram().DetachFromDisposeScope();
        }
    }

    /// <summary>S Sᵀ X.</summary>
    /// <param name="x">X: [D, N].</param>
    public Tensor Times(Tensor x)
    {
        if (_sparse is not null)
        {
            return _sparse.Times(x);
        }

        if (_dense is not null)
        {
            return _dense.mm(x);
        }

        using var inner = _factor.TransposeTimes(x);
        return _factor.Times(inner);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sparse?.Dispose();
        _dense?.Dispose();
    }
}
