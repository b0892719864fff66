using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Matrices;

/// <summary>Only the diagonal free; stored as a vector.</summary>
internal sealed record DiagonalPattern : MatrixPattern
{
    public override string ToString() => "Diagonal";

    public override StructuredMatrix Identity(long dimension, ScalarType dtype, Device device) =>
        new DiagonalMatrix(ones(new[] { dimension }, dtype, device));

    public override long StoredNumbers(long dimension) => dimension;

    public override long Operations(long dimension) => 12 * dimension;

    public override StructuredMatrix Project(Tensor symmetric) => FromDense(symmetric);

    public override StructuredMatrix ProjectGram(Tensor x)
    {
        using var squared = x.square();
        return new DiagonalMatrix(squared.sum(dim: 1L)); // O(D N)
    }

    public override StructuredMatrix FromDense(Tensor member)
    {
        using var diagonal = member.diagonal(0, 0, 1);
        return new DiagonalMatrix(diagonal.clone());
    }
}

/// <summary>diag(v), v: [D].</summary>
internal sealed class DiagonalMatrix(Tensor diagonal) : StructuredMatrix
{
    public override MatrixPattern Pattern => MatrixPattern.Diagonal;

    public override long Dimension => diagonal.shape[0];

    public override IReadOnlyList<Tensor> Tensors { get; } = [diagonal];

    public override Tensor ToDense() => diag(diagonal);

    protected override StructuredMatrix With(IReadOnlyList<Tensor> tensors) => new DiagonalMatrix(tensors[0]);

    public override Tensor Times(Tensor x)
    {
        using var column = diagonal.unsqueeze(1);
        return column.mul(x);
    }

    public override Tensor TransposeTimes(Tensor x) => Times(x);

    public override StructuredMatrix Times(StructuredMatrix other) => new DiagonalMatrix(diagonal.mul(other.Tensors[0]));

    public override StructuredMatrix Gram() => new DiagonalMatrix(diagonal.square());

    /// <summary>v² ∘ Σ X²: one pass over X.</summary>
    public override StructuredMatrix Gram(Tensor x)
    {
        using var moment = MatrixPattern.Diagonal.ProjectGram(x);
        using var squared = diagonal.square();
        return new DiagonalMatrix(moment.Tensors[0].mul(squared));
    }

    public override StructuredMatrix? OuterGramInPattern() => new DiagonalMatrix(diagonal.square());

    internal override void AddIdentity(double factor) => diagonal.AddInPlace(factor);

    public override Tensor Trace() => Sum(diagonal);
}
