using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class BrandMathTests : IDisposable
{
    private const double Rounding = 1e-11;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_row_outside_of_the_span_becomes_a_mode_of_its_own()
    {
        // ½ · 4 e₁e₁ᵀ + 3 e₂e₂ᵀ
        var (values, vectors) = BrandMath.Update(tensor(new[] { 4.0 }), Column(1, 0, 0), 0.5, Column(0, Math.Sqrt(3), 0), 2, "M");

        Close(tensor(new[] { 2.0, 3.0 }), values);
        Close(tensor(new double[,] { { 1, 0 }, { 0, 1 }, { 0, 0 } }), vectors.abs());
    }

    [Fact]
    public void An_update_that_keeps_everything_is_exact()
    {
        var (u, d, b) = (Basis(12, 4), tensor(new[] { 0.1, 0.4, 0.7, 2.0 }), Numbers(12, 3));

        var updated = BrandMath.Update(d, u, 0.9, b, 7, "M");

        Close(Product((d, u)).mul(0.9).add(b.mm(b.t())), Product(updated));
        Close(eye(7, 7, float64), updated.Vectors.t().mm(updated.Vectors));
    }

    [Fact]
    public void Hundreds_of_updates_stay_orthonormal_and_near_the_truth()
    {
        var (values, vectors) = (zeros(0, float64), zeros(30, 0, float64));
        var truth = zeros(30, 30, float64);
        for (var t = 0; t < 300; t++)
        {
            var b = Numbers(30, 2, t).mul(0.95 + (0.1 * (t % 7))).mul(Decay(30).unsqueeze(1));
            (values, vectors) = BrandMath.Update(values, vectors, 0.95, b, Math.Min(12, values.shape[0] + 2), "M");
            truth = truth.mul(0.95).add(b.mm(b.t()));
        }

        Close(eye(12, 12, float64), vectors.t().mm(vectors));
        Assert.True(Product((values, vectors)).sub(truth).abs().max().ToDouble() < 0.05 * truth.abs().max().ToDouble());
    }

    [Fact]
    public void Correcting_all_vectors_gives_the_eigenvalues_in_their_span()
    {
        var (u, x) = (Basis(10, 4), Numbers(10, 10));
        var m = x.mm(x.t());

        var (values, vectors) = BrandMath.Correct(zeros(4, float64), u, m, arange(4), "M");

        Close(linalg.eigvalsh(u.t().mm(m).mm(u)), values);
        Close(diag(values), vectors.t().mm(m).mm(vectors));
    }

    [Fact]
    public void Straightening_keeps_the_matrix()
    {
        var (d, skewed) = (tensor(new[] { 0.5, 1.0, 3.0 }), Basis(9, 3).add(Numbers(9, 3).mul(0.01)));

        var straight = BrandMath.Straighten(d, skewed, "M");

        Close(Product((d, skewed)), Product(straight));
        Close(eye(3, 3, float64), straight.Vectors.t().mm(straight.Vectors));
    }

    [Fact]
    public void Mixtures_have_the_rows_outer_products_in_the_mean()
    {
        var rows = Numbers(40, 3);
        var mean = zeros(3, 3, float64);
        for (var seed = 0UL; seed < 400; seed++)
        {
            var mixed = BrandMath.Mixed(rows, 10, seed);
            mean = mean.add(mixed.t().mm(mixed).div(400));
        }

        var truth = rows.t().mm(rows);
        Assert.True(mean.sub(truth).abs().max().ToDouble() < 0.08 * truth.abs().max().ToDouble(), $"{mean.str()} instead of {truth.str()}.");
    }

    [Fact]
    public void Updates_leave_only_their_results_behind() => Support.Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        var (u, d, b) = (Basis(8, 2), tensor(new[] { 0.1, 0.4 }), Numbers(8, 2));
        var updated = BrandMath.Update(d, u, 0.9, b, 3, "M");
        BrandMath.Correct(updated.Values, updated.Vectors, eye(8, 8, float64), arange(2), "M");
        BrandMath.Straighten(updated.Values, updated.Vectors, "M");
        BrandMath.Mixed(b, 2, 1);
    });

    private static Tensor Column(params double[] numbers) => tensor(numbers).unsqueeze(1);

    private static Tensor Decay(long size) => pow(0.8, arange(size, dtype: float64));

    private static Tensor Basis(long size, long count) => Factorizations.Orthogonal(Numbers(size, count)).Basis;

    private static Tensor Product((Tensor Values, Tensor Vectors) spectrum) => spectrum.Vectors.mul(spectrum.Values).mm(spectrum.Vectors.t());

    private static Tensor Numbers(long rows, long columns, double shift = 0) =>
        arange(rows * columns, dtype: float64).add(shift).square().mul(0.37).add(shift).sin().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < Rounding, $"Expected {expected.str()}, got {actual.str()}.");
}
