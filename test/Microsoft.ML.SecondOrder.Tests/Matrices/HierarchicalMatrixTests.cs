using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

/// <summary>[A B₁ B₂; 0 diag(C) 0; 0 D E] with two rows in A and one in E.</summary>
public sealed class HierarchicalMatrixTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.Hierarchical(2, 1);

    protected override bool IsFree(long i, long j, long d)
    {
        var first = Math.Min(2, d);
        var last = d - Math.Min(1, d - first);
        return i < first || (j >= first && (i >= last || i == j));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(2, -1)]
    public void Sizes_out_of_range_are_refused(int first, int last) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixPattern.Hierarchical(first, last));

    [Fact]
    public void Without_last_rows_the_diagonal_ends_the_matrix() =>
        Assert.Equal(MatrixPattern.UpperBlocks(MatrixPattern.Dense, MatrixPattern.Diagonal, 2), MatrixPattern.Hierarchical(2, 0));
}
