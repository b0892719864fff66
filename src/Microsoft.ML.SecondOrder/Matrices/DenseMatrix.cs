using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>All entries free; stored as itself.</summary>
internal sealed record DensePattern : MatrixPattern
{
    public override string ToString() => "Dense";

    public override StructuredMatrix Identity(long dimension, ScalarType dtype, Device device)
    {
        // Not eye(), which older versions of libtorch lack for bfloat16.
        var identity = new DenseMatrix(zeros(new[] { dimension, dimension }, dtype, device));
        identity.AddIdentity(1);
        return identity;
    }

    public override long StoredNumbers(long dimension) => dimension * dimension;

    public override long Operations(long dimension) => dimension * dimension;

    public override StructuredMatrix Project(Tensor symmetric) => new DenseMatrix(symmetric.clone());

    public override StructuredMatrix ProjectGram(Tensor x) => new DenseMatrix(SymmetricProduct.OfRows(x));

    public override StructuredMatrix FromDense(Tensor member) => new DenseMatrix(member.clone());
}

/// <summary>A matrix with every entry free: the oracle for all other patterns.</summary>
internal sealed class DenseMatrix(Tensor entries) : StructuredMatrix
{
    public override MatrixPattern Pattern => MatrixPattern.Dense;

    public override long Dimension => entries.shape[0];

    public override IReadOnlyList<Tensor> Tensors { get; } = [entries];

    public override Tensor ToDense() => entries.clone();

    protected override StructuredMatrix With(IReadOnlyList<Tensor> tensors) => new DenseMatrix(tensors[0]);

    public override Tensor Times(Tensor x) => entries.mm(x);

    public override Tensor TransposeTimes(Tensor x) => entries.t().mm(x);

    public override StructuredMatrix Times(StructuredMatrix other) => new DenseMatrix(entries.mm(other.Tensors[0]));

    public override StructuredMatrix Gram() => new DenseMatrix(SymmetricProduct.OfColumns(entries));

    /// <summary>Sᵀ (X Xᵀ) S where X has many columns: one pass over X instead of two.</summary>
    public override StructuredMatrix Gram(Tensor x)
    {
        if (x.shape[1] <= 2 * Dimension)
        {
            return base.Gram(x);
        }

        using var moment = SymmetricProduct.OfRows(x);
        using var half = TransposeTimes(moment);
        return new DenseMatrix(half.mm(entries));
    }

    public override Tensor OuterGram() => SymmetricProduct.OfRows(entries);

    internal override void AddIdentity(double factor)
    {
        using var diagonal = entries.diagonal(0, 0, 1);
        diagonal.AddInPlace(factor);
    }

    public override Tensor Trace() => DiagonalSum(entries);
}
