using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class LowRankKfacTests : IDisposable
{
    private const double Rounding = 1e-9;
    private static readonly LayerShape _shape = new("layer", Outputs: 3, Inputs: 30, HasBias: false, float64, CPU);
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<LowRankKfacOptions> Methods =>
    [
        new RandomizedKfacOptions { Rank = 20, Oversampling = 2, ExactUpTo = 4 },
        new RandomizedKfacOptions { Rank = 20, Oversampling = 2, ExactUpTo = 4, Solver = RandomizedSolver.SingularValues },
        new BrandKfacOptions { Rank = 20, Oversampling = 2, ExactUpTo = 4 },
        new BrandKfacOptions { Rank = 20, Oversampling = 2, ExactUpTo = 4, Correction = BrandCorrection.Overwrite, CorrectionInterval = 1 },
        new BrandKfacOptions { Rank = 20, Oversampling = 2, ExactUpTo = 4, Correction = BrandCorrection.Part, CorrectionInterval = 1, CorrectedPart = 0.5 },
    ];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(Methods))]
    public void While_the_modes_hold_the_factor_the_direction_is_that_of_the_whole_one(LowRankKfacOptions options)
    {
        // Three batches of five rows: rank 15 of 30, and 20 modes are kept; the rest are taken for eigenvalues of 0.
        using var method = new LowRankKfacPreconditioner(options with { CovarianceInterval = 1, InverseInterval = 1 }, _shape);
        var (a, g) = (zeros(30, 30, float64), zeros(3, 3, float64));
        for (var step = 0; step < 3; step++)
        {
            var sample = Sample(5, step);
            var weight = RunningAverage.Weight(0.95, FactorStart.WeightedMean, step + 1);
            a = a.mul(1 - weight).add(sample.Inputs.t().mm(sample.Inputs).mul(weight / 5));
            g = g.mul(1 - weight).add(sample.OutputGradients.t().mm(sample.OutputGradients).mul(weight * 5));
            method.Observe(sample);
            method.Refresh(step, 1);
        }

        var v = Numbers(3, 30, 9);

        Close(Damped(g).mm(v).mm(Damped(a)), method.Precondition(v));
    }

    [Theory, MemberData(nameof(Methods))]
    public void Rows_give_what_their_gradient_gives(LowRankKfacOptions options)
    {
        using var method = Observed(options with { Rank = 6 });
        var (g, a) = (Numbers(4, 3, 2), Numbers(4, 30, 3));

        var (left, right) = method.PreconditionRows(g, a);

        Close(method.Precondition(g.t().mm(a)), left.t().mm(right));
    }

    [Theory, MemberData(nameof(Methods))]
    public void Scaled_inputs_scale_the_direction_by_their_square(LowRankKfacOptions options)
    {
        // Damping is relative: (s² A + s² λ)⁻¹.
        var v = Numbers(3, 30, 9);
        using var plain = Observed(options with { Rank = 6 });
        using var scaled = Observed(options with { Rank = 6 }, scale: 10);

        Close(plain.Precondition(v), scaled.Precondition(v).mul(100));
    }

    [Theory, MemberData(nameof(Methods))]
    public void A_layer_that_saw_only_zeros_keeps_a_gradient_of_zero(LowRankKfacOptions options)
    {
        using var method = Observed(options, scale: 0, outputs: 0);

        Close(zeros(3, 30, float64), method.Precondition(zeros(3, 30, float64)));
    }

    [Fact]
    public void An_identity_that_fades_is_part_of_the_damping()
    {
        using var method = new LowRankKfacPreconditioner(new RandomizedKfacOptions { ExactUpTo = 30, Start = FactorStart.Identity }, _shape);
        var sample = Sample(5, 0);
        method.Observe(sample);
        method.Refresh(0, 1);
        var a = sample.Inputs.t().mm(sample.Inputs).mul(0.05 / 5);
        var g = sample.OutputGradients.t().mm(sample.OutputGradients).mul(0.05 * 5);
        var v = Numbers(3, 30, 9);

        Close(Damped(g, 0.95).mm(v).mm(Damped(a, 0.95)), method.Precondition(v));
    }

    [Fact]
    public void Equal_seeds_give_equal_directions_and_others_do_not()
    {
        var v = Numbers(3, 30, 9);
        Tensor Direction(long seed)
        {
            using var method = Observed(new RandomizedKfacOptions { Rank = 3, Oversampling = 0, PowerIterations = 0, ExactUpTo = 4, Seed = seed });
            return method.Precondition(v);
        }

        Assert.Equal(0, Direction(1).sub(Direction(1)).abs().max().ToDouble());
        Assert.True(Direction(1).sub(Direction(2)).abs().max().ToDouble() > 1e-3);
    }

    [Fact]
    public void A_sketch_that_begins_where_the_last_one_ended_follows_a_drifting_factor()
    {
        var options = new RandomizedKfacOptions { Rank = 8, Oversampling = 2, ExactUpTo = 4, CovarianceInterval = 1, InverseInterval = 1, Damping = 0.01 };
        using var warm = new LowRankKfacPreconditioner(options, _shape);
        using var exact = new LowRankKfacPreconditioner(options with { ExactUpTo = 30 }, _shape);
        var decay = pow(0.4, arange(30, dtype: float64));
        for (var step = 0; step < 40; step++)
        {
            var sample = Sample(20, step);
            foreach (var method in new[] { warm, exact })
            {
                method.Observe(sample with { Inputs = sample.Inputs.mul(decay) });
                method.Refresh(step, 1);
            }
        }

        var v = Numbers(3, 30, 9).mul(decay);
        var (expected, actual) = (exact.Precondition(v), warm.Precondition(v));
        Assert.True(expected.sub(actual).norm().ToDouble() < 0.01 * expected.norm().ToDouble());
    }

    [Fact]
    public void Width_decides_how_a_factor_is_kept()
    {
        string Kept(LowRankKfacOptions options, long size, long? kernel = null)
        {
            using var method = new LowRankKfacPreconditioner(options, new LayerShape("x", 4, size, false, float32, CPU) { KernelSize = kernel });
            return method.InputFactor.Description;
        }

        var sketched = new RandomizedKfacOptions();
        Assert.Equal("exact", Kept(sketched, 230));
        Assert.Equal("exact", Kept(sketched, 300));
        Assert.Equal("rank 220", Kept(sketched, 1500));
        Assert.Equal("exact", Kept(sketched with { ExactUpTo = 1500 }, 1500));
        var carried = new BrandKfacOptions { ExactUpTo = 250 };
        Assert.Equal("carried rank 220", Kept(carried, 300));
        Assert.Equal("rank 220", Kept(carried, 300, kernel: 9));
        Assert.Equal("carried rank 220", Kept(carried with { ExactUpTo = null }, 4000));
        Assert.Equal("rank 220", Kept(carried with { ExactUpTo = null, CovarianceInterval = 1 }, 1500));
    }

    [Fact]
    public void Carried_modes_need_memory_that_is_linear_in_the_width()
    {
        long Numbers(long size)
        {
            using var method = new LowRankKfacPreconditioner(new BrandKfacOptions { Rank = 8, ExactUpTo = 10 }, new LayerShape("x", 2, size, false, float32, CPU));
            method.Prepare(true);
            return method.State.Values.Sum(t => t[0].numel());
        }

        Assert.Equal(8 * 100, Numbers(200) - Numbers(100));
    }

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new BrandKfacOptions
        {
            Damping = -1, Rank = 0, Oversampling = -1, PowerIterations = -1, ExactUpTo = 0, FactorDecay = 1, InverseInterval = 0, CorrectedPart = 0, MaximumRows = 0,
        }.Validated());

        Assert.All(
            ["Damping", "Rank", "Oversampling", "PowerIterations", "ExactUpTo", "FactorDecay", "InverseInterval", "CorrectedPart", "MaximumRows"],
            part => Assert.Contains(part, error.Message));
    }

    private static LowRankKfacPreconditioner Observed(LowRankKfacOptions options, double scale = 1, double outputs = 1)
    {
        var method = new LowRankKfacPreconditioner(options with { CovarianceInterval = 1 }, _shape);
        for (var step = 0; step < 3; step++)
        {
            var sample = Sample(8, step);
            method.Observe(sample with { Inputs = sample.Inputs.mul(scale), OutputGradients = sample.OutputGradients.mul(outputs) });
            method.Refresh(step, 1);
        }

        return method;
    }

    /// <summary>(M + 0.1 max λ + faded)⁻¹</summary>
    private static Tensor Damped(Tensor m, double faded = 0) =>
        Factorizations.DampedInverse(m, (0.1 * linalg.eigvalsh(m).max().ToDouble()) + faded, "M");

    private static LayerSample Sample(long rows, int number) => new(Numbers(rows, 30, number), Numbers(rows, 3, number + 0.5).add(0.2), rows, 1);

    private static Tensor Numbers(long rows, long columns, double shift) =>
        arange(rows * columns, dtype: float64).mul(1 + shift).add(shift).square().mul(0.37).sin().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(
            expected.sub(actual).abs().max().ToDouble() <= Rounding * Math.Max(1, expected.abs().max().ToDouble()), $"Expected {expected.str()}, got {actual.str()}.");
}
