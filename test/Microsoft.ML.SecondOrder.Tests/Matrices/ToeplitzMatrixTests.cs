using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

/// <summary>Tied entries take the average over their diagonal, doubled off the main one.</summary>
public abstract class ToeplitzMatrixContract : StructuredMatrixContract
{
    protected abstract bool IsUpper { get; }

    protected override MatrixPattern Pattern => IsUpper ? MatrixPattern.UpperToeplitz : MatrixPattern.LowerToeplitz;

    protected override Tensor Projection(Tensor symmetric)
    {
        var d = symmetric.shape[0];
        var values = new double[d * d];
        for (var k = 0L; k < d; k++)
        {
            var mean = symmetric.diagonal(k, 0, 1).mean().ToDouble() * (k == 0 ? 1 : 2);
            for (var i = 0L; i + k < d; i++)
            {
                values[IsUpper ? i * d + i + k : (i + k) * d + i] = mean;
            }
        }

        return tensor(values).reshape(d, d);
    }

    [Fact]
    public void Stores_one_number_a_diagonal() => Assert.Equal(9, Pattern.StoredNumbers(9));

    [Fact]
    public void Projection_in_low_precision_keeps_its_type()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(bfloat16, Pattern.ProjectGram(ones(4, 3, bfloat16)).Type);
    }
}

public sealed class LowerToeplitzTests : ToeplitzMatrixContract
{
    protected override bool IsUpper => false;
}

public sealed class UpperToeplitzTests : ToeplitzMatrixContract
{
    protected override bool IsUpper => true;
}
