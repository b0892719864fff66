using Microsoft.ML.SecondOrder.Matrices;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

public sealed class DenseMatrixTests : StructuredMatrixContract
{
    protected override MatrixPattern Pattern => MatrixPattern.Dense;

    protected override Tensor Projection(Tensor symmetric) => symmetric;
}
