using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>M, a running average of outer products of rows that begins at zero, in dense form. Owns its tensors.</summary>
internal sealed class AveragedMatrix(FactorShape shape) : IDisposable
{
    private Tensor? _sum;

    /// <summary>M: [D, D].</summary>
    public Tensor Value { get; private set; } = zeros(new[] { shape.Size, shape.Size }, shape.Type, shape.Device).DetachFromDisposeScope();

    /// <summary>tr M / D.</summary>
    public double MeanDiagonal()
    {
        using var scope = NewDisposeScope();
        return Value.diagonal().mean().ToDouble();
    }

    public void Observe(Tensor rows)
    {
        var product = SymmetricProduct.OfColumns(rows);
        if (_sum is null)
        {
            _sum = product.DetachFromDisposeScope();
            return;
        }

        _sum.AddInPlace(product);
        product.Dispose();
    }

    public void Update(FactorUpdate update)
    {
        Value.ScaleInPlace(1 - update.Weight);
        Value.AddInPlace(_sum!, update.Weight * update.Scale);
        Discard();
    }

    public void Discard()
    {
        _sum?.Dispose();
        _sum = null;
    }

    public void To(Device device)
    {
        using var old = Value;
        Value = old.to(device, copy: true).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        Discard();
        Value.Dispose();
    }
}
