using Microsoft.ML.SecondOrder.Matrices;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

public sealed class DenseMatrixTests : MaskedPatternContract
{
    protected override MatrixPattern Pattern => MatrixPattern.Dense;

    protected override bool IsFree(long i, long j, long d) => true;
}
