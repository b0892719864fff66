using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

public sealed class DiagonalAndFirstColumnTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.DiagonalAndFirstColumn;

    protected override bool IsFree(long i, long j, long d) => i == j || j == 0;
}

public sealed class DiagonalAndLastRowTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.DiagonalAndLastRow;

    protected override bool IsFree(long i, long j, long d) => i == j || i == d - 1;
}

public sealed class DiagonalAndFirstRowTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.DiagonalAndFirstRow;

    protected override bool IsFree(long i, long j, long d) => i == j || i == 0;
}

public sealed class DiagonalAndLastColumnTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.DiagonalAndLastColumn;

    protected override bool IsFree(long i, long j, long d) => i == j || j == d - 1;
}

/// <summary>A composition that has no name of its own: dense blocks below an arrow.</summary>
public sealed class ComposedMatrixTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.LowerBlocks(MatrixPattern.DiagonalAndFirstRow, MatrixPattern.BlockDiagonal(2), 3);

    protected override bool IsFree(long i, long j, long d)
    {
        var first = Math.Min(3, d);
        return i < first
            ? j < first && (i == j || i == 0)
            : j < first || (i - first) / 2 == (j - first) / 2;
    }

    [Fact]
    public void A_split_at_zero_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixPattern.UpperBlocks(MatrixPattern.Dense, MatrixPattern.Dense, 0));
}
