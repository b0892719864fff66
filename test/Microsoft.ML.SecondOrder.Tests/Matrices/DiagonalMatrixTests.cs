using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

public sealed class DiagonalMatrixTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.Diagonal;

    protected override bool IsFree(long i, long j, long d) => i == j;
}
