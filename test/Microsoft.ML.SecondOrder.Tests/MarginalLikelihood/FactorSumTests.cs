using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

public sealed class FactorSumTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Eigenvalues_of_few_rows_or_many_are_those_of_the_factor(int portions)
    {
        using var scope = NewDisposeScope();
        using var sum = Sum(portions);
        var a = sum.InputFactor();

        var found = sum.InputEigenvalues(a, "A");

        Assert.Equal(linalg.eigvalsh(a).data<double>().ToArray(), found.data<double>().ToArray(), (x, y) => Math.Abs(x - y) < 1e-12);
    }

    [Fact]
    public void Rows_that_were_kept_are_let_go() => Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var sum = Sum(2);
    });

    /// <summary>Portions of two rows of eight inputs: up to four rows are few.</summary>
    private static FactorSum Sum(int portions)
    {
        var sum = new FactorSum(8, 1, CPU);
        var rows = Numbers(2 * portions, 8);
        for (var p = 0; p < portions; p++)
        {
            using var sample = new LayerSample(rows.narrow(0, 2 * p, 2), ones(2, 1, dtype: float64), 2, 1);
            sum.AddInputs(sample);
        }

        return sum;
    }
}
