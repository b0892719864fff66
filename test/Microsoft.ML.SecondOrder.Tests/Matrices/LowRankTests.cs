using Microsoft.ML.SecondOrder.Matrices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Matrices;

public sealed class LowRankTests : IDisposable
{
    private const double Rounding = 1e-10;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Inverse_with_one_mode_is_that_of_the_matrix_written_out()
    {
        // 4 u uᵀ + 1 (I − u uᵀ) + 1 I with u = (1, 0): diag(5, 2).
        var vectors = tensor(new double[,] { { 1 }, { 0 } });

        var inverse = LowRankPlusDiagonal.Inverse(tensor(new[] { 4.0 }), vectors, rest: 1, damping: 1);

        Close(tensor(new double[,] { { 0.2, 0.5 }, { 0.4, -0.5 } }), inverse.FromRight(tensor(new double[,] { { 1, 1 }, { 2, -1 } })));
    }

    [Fact]
    public void With_all_modes_it_is_the_damped_inverse()
    {
        var m = Decaying(6, 0.7);
        var (values, vectors) = Factorizations.Eigen(m, 0.1, "M");

        var inverse = LowRankPlusDiagonal.Inverse(values, vectors, 123, 0.1); // no direction is left for the rest

        Close(Factorizations.DampedInverse(m, 0.1, "M"), inverse.FromRight(eye(6, 6, float64)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sketch_finds_the_largest_eigenvalues(bool bySingularValues)
    {
        var m = Decaying(60, 0.6);
        var sketch = RandomizedSpectrum.Sketch(60, 12, 5, float64, CPU);

        var (values, vectors) = bySingularValues
            ? RandomizedSpectrum.BySingularValues(m, sketch, 2, 8, "M")
            : RandomizedSpectrum.ByEigenvalues(m, sketch, 2, 8, "M");

        var truth = Factorizations.Eigen(m, 0, "M");
        Assert.True(values.sub(truth.Values.narrow(0, 52, 8)).abs().max().ToDouble() < 1e-6);
        Close(eye(8, 8, float64), vectors.t().mm(vectors));
        Assert.True(m.mm(vectors).sub(vectors.mul(values)).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void A_matrix_that_has_the_rank_of_the_sketch_is_found_exactly()
    {
        var x = Numbers(40, 5);
        var m = x.mm(x.t());

        var (values, vectors) = RandomizedSpectrum.ByEigenvalues(m, RandomizedSpectrum.Sketch(40, 8, 1, float64, CPU), 0, 8, "M");

        Close(m, vectors.mul(values).mm(vectors.t()));
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_refused_by_name()
    {
        var m = eye(20, 20, float64);
        m[3, 3] = tensor(double.NaN, float64);
        var sketch = RandomizedSpectrum.Sketch(20, 4, 1, float64, CPU);

        foreach (var find in new[] { RandomizedSpectrum.ByEigenvalues, RandomizedSpectrum.BySingularValues })
        {
            Assert.Contains("factor A of layer 'x'", Assert.Throws<NumericalException>(() => find(m, sketch, 1, 2, "factor A of layer 'x'")).Message);
        }
    }

    [Fact]
    public void Sketches_leave_only_their_results_behind() => Support.Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        var m = Decaying(12, 0.5);
        RandomizedSpectrum.ByEigenvalues(m, RandomizedSpectrum.Sketch(12, 4, 1, float64, CPU), 1, 3, "M");
        RandomizedSpectrum.BySingularValues(m, RandomizedSpectrum.Sketch(12, 4, 1, float64, CPU), 1, 3, "M");
    });

    /// <summary>Rotated eigenvalues 1, q, q², …</summary>
    private static Tensor Decaying(long size, double ratio)
    {
        var q = Factorizations.Orthogonal(Numbers(size, size)).Basis;
        return q.mul(pow(ratio, arange(size, dtype: float64))).mm(q.t());
    }

    private static Tensor Numbers(long rows, long columns) => arange(rows * columns, dtype: float64).square().mul(0.37).sin().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < Rounding, $"Expected {expected.str()}, got {actual.str()}.");
}
