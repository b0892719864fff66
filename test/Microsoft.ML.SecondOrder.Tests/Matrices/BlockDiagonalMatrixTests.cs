using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

public sealed class BlockDiagonalMatrixTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.BlockDiagonal(3);

    protected override bool IsFree(long i, long j, long d) => i / 3 == j / 3;

    [Fact]
    public void A_block_without_rows_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => MatrixPattern.BlockDiagonal(0));
}
