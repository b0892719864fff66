using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

/// <summary>For patterns whose free entries are independent: an entry is copied if its mirror image is free, doubled if not.</summary>
public abstract class MaskedPatternContract : StructuredMatrixContract
{
    /// <summary>Whether an entry is free.</summary>
    /// <param name="i">Row.</param>
    /// <param name="j">Column.</param>
    /// <param name="d">Dimension.</param>
    protected abstract bool IsFree(long i, long j, long d);

    protected sealed override Tensor Projection(Tensor symmetric)
    {
        var d = symmetric.shape[0];
        var factors = new double[d * d];
        for (var i = 0L; i < d; i++)
        {
            for (var j = 0L; j < d; j++)
            {
                factors[i * d + j] = !IsFree(i, j, d) ? 0 : IsFree(j, i, d) ? 1 : 2;
            }
        }

        return symmetric.mul(tensor(factors).reshape(d, d));
    }

    [Fact]
    public void Stores_one_number_for_each_free_entry()
    {
        using var scope = NewDisposeScope();
        foreach (var d in new long[] { 1, 2, 3, 4, 7, 9 })
        {
            var free = Enumerable.Range(0, (int)(d * d)).Count(n => IsFree(n / d, n % d, d));

            Assert.Equal(free, Pattern.StoredNumbers(d));
            Assert.Equal(free, Pattern.Identity(d, float64, CPU).StoredNumbers);
        }
    }
}
