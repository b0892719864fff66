using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class EkfacTests : IDisposable
{
    private static readonly LayerShape _shape = new("layer", Outputs: 2, Inputs: 3, HasBias: false, float64, CPU);
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(4, 1, 1)]
    [InlineData(2, 3, 1)]
    [InlineData(2, 3, 2)]
    public void Second_moments_are_those_of_each_examples_own_gradient(int examples, int positions, int vectors)
    {
        var sample = Sample(examples, positions, vectors);
        var (basisA, basisG) = (linalg.qr(Numbers(3, 3)).Q, linalg.qr(Numbers(2, 2)).Q);

        var moments = EkfacMath.SecondMoments(sample, basisA, basisG);

        var expected = zeros(new long[] { 2, 3 }, float64);
        var rows = examples * positions;
        for (var v = 0; v < vectors; v++)
        {
            for (var n = 0; n < examples; n++)
            {
                var g = sample.OutputGradients.narrow(0, (v * rows) + (n * positions), positions);
                var own = basisG.t().mm(g.t().mm(sample.Inputs.narrow(0, n * positions, positions))).mm(basisA);
                expected = expected.add(own.square());
            }
        }

        Close(expected, moments);
    }

    [Fact]
    public void Direction_is_the_gradient_over_the_moments_in_the_eigenbases()
    {
        using var ekfac = new EkfacPreconditioner(new EkfacOptions { Damping = 0.1 }, _shape);
        ekfac.Observe(Sample(4, 1, 1));
        ekfac.Refresh(0, 1);
        var (a, g) = (ekfac.State["Q_A"][0], ekfac.State["Q_G"][0]);
        var gradient = Numbers(2, 3);

        var rotated = g.t().mm(ekfac.Precondition(gradient)).mm(a);

        Close(g.t().mm(gradient).mm(a), rotated.mul(EkfacMath.SecondMoments(Sample(4, 1, 1), a, g).mul(4).add(0.1)));
    }

    [Fact]
    public void One_example_makes_the_curvature_exact()
    {
        // F = v vᵀ with v = vec(g aᵀ): the direction solves (F + λI) u = v.
        using var ekfac = new EkfacPreconditioner(new EkfacOptions { Damping = 0.1 }, _shape);
        var sample = Sample(1, 1, 1);
        ekfac.Observe(sample);
        ekfac.Refresh(0, 1);
        var v = sample.OutputGradients.t().mm(sample.Inputs);

        var u = ekfac.Precondition(v).reshape(6, 1);

        var flat = v.reshape(6, 1);
        Close(flat, flat.mm(flat.t()).add(eye(6, 6, float64).mul(0.1)).mm(u));
    }

    [Fact]
    public void New_basis_begins_the_moments_anew()
    {
        using var ekfac = new EkfacPreconditioner(new EkfacOptions { CovarianceInterval = 1, BasisInterval = 2, EagerSteps = 1 }, _shape);
        var updates = Enumerable.Range(0, 4).Select(step =>
        {
            ekfac.Observe(Sample(4, 1, 1));
            ekfac.Refresh(step, 1);
            return ekfac.State["S_updates"][0].ToDouble();
        });

        Assert.Equal([1, 2, 1, 2], updates);
    }

    [Fact]
    public void Averaging_over_positions_is_refused() => Assert.Contains(
        "Expand", Assert.Throws<ArgumentException>(() => new EkfacOptions { Sharing = WeightSharing.Reduce }.Validated()).Message);

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new EkfacOptions { Damping = -1, FactorDecay = 2, BasisInterval = 0 }.Validated());

        Assert.All(["Damping", "FactorDecay", "BasisInterval"], part => Assert.Contains(part, error.Message));
    }

    [Fact]
    public void Updates_leave_nothing_behind_that_outlives_scope_and_state() => Support.Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var ekfac = new EkfacPreconditioner(new EkfacOptions(), _shape);
        for (var step = 0; step < 3; step++)
        {
            ekfac.Observe(Sample(2, 3, 1));
            ekfac.Observe(Sample(2, 3, 1));
            ekfac.Refresh(step, 2);
            ekfac.Precondition(Numbers(2, 3)).Dispose();
        }
    });

    private static LayerSample Sample(long examples, long positions, long vectors) =>
        new(Numbers(examples * positions, 3), Numbers(vectors * examples * positions, 2).add(0.3), examples, positions) { Vectors = vectors };

    private static Tensor Numbers(long rows, long columns) => arange(rows * columns, dtype: float64).mul(2.3).cos().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < 1e-11, $"Expected {expected.str()}, got {actual.str()}.");
}
