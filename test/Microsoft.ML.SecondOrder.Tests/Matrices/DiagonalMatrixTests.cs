using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

public sealed class DiagonalMatrixTests : StructuredMatrixContract
{
    protected override MatrixPattern Pattern => MatrixPattern.Diagonal;

    protected override Tensor Projection(Tensor symmetric) => diag(symmetric.diagonal(0, 0, 1));

    [Fact]
    public void Stores_one_number_a_row()
    {
        using var identity = Pattern.Identity(9, float32, CPU);

        Assert.Equal(9, identity.StoredNumbers);
    }
}
