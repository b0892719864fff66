using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class SingdTests
{
    private static readonly LayerShape _shape = new("layer", Outputs: 2, Inputs: 3, HasBias: false, float64, CPU);

    [Fact]
    public void One_update_by_hand()
    {
        // K = C = I, one row a = (1, 2, 0), g = (1, 3); H_K = a aᵀ, H_C = g gᵀ (batch of one), β₁ = 0.1, λ = 0.5, no momentum.
        using var scope = NewDisposeScope();
        using var singd = new SingdPreconditioner(new SingdOptions { FactorRate = 0.1, Damping = 0.5, FactorMomentum = 0 }, _shape);

        singd.Observe(Sample([1, 2, 0], [1, 3], 1));
        singd.Refresh(0, 1);

        // N_K = ½ (t̄r(H_C) a aᵀ + λ I − I) with t̄r(H_C) = 10/2 = 5; K = I − 0.1 N_K. N_C likewise with t̄r(H_K) = 5/3.
        var expectedK = tensor(new double[,] { { 1 - 0.05 * (5 - 0.5), -0.5, 0 }, { -0.5, 1 - 0.05 * (20 - 0.5), 0 }, { 0, 0, 1 + 0.025 } });
        var third = 5.0 / 3;
        var expectedC = tensor(new double[,] { { 1 - 0.05 * (third - 0.5), -0.05 * 3 * third }, { -0.05 * 3 * third, 1 - 0.05 * (9 * third - 0.5) } });
        Close(expectedK, singd.Matrices["K"].ToDense());
        Close(expectedC, singd.Matrices["C"].ToDense());
    }

    [Fact]
    public void Kfac_like_factor_follows_the_damped_inverse_of_the_running_average_to_first_order()
    {
        // K Kᵀ after one update against ((1 − β) S + β U + λ I)⁻¹ with S = (1 − λ) I: the deviation is of second order in β.
        using var scope = NewDisposeScope();
        var errors = new[] { 0.02, 0.01 }.Select(rate =>
        {
            using var singd = new SingdPreconditioner(new SingdOptions { KfacLike = true, FactorRate = rate, Damping = 0.1 }, _shape);
            singd.Observe(Sample([1, 2, 0], [1, 3], 1));
            singd.Refresh(0, 1);
            var k = singd.Matrices["K"].ToDense();
            var a = tensor(new double[] { 1, 2, 0 }).reshape(3, 1);
            var average = eye(3, 3, float64).mul((1 - rate) * 0.9).add(a.mm(a.t()), rate).add(eye(3, 3, float64), 0.1);
            return k.mm(k.t()).sub(linalg.inv(average)).abs().max().ToDouble();
        }).ToArray();

        Assert.InRange(errors[0] / errors[1], 3.5, 4.5);
    }

    [Fact]
    public void Preconditioning_is_the_kronecker_product_on_the_gradient()
    {
        using var scope = NewDisposeScope();
        using var singd = new SingdPreconditioner(new SingdOptions { FactorRate = 0.1 }, _shape);
        singd.Observe(Sample([1, 2, -1], [1, 3], 1));
        singd.Refresh(0, 1);
        var (k, c) = (singd.Matrices["K"].ToDense(), singd.Matrices["C"].ToDense());
        var gradient = tensor(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });

        var direction = singd.Precondition(gradient);

        // Row-major: (C Cᵀ) ⊗ (K Kᵀ) on the flattened gradient.
        Close(kron(c.mm(c.t()), k.mm(k.t())).mm(gradient.reshape(6, 1)).reshape(2, 3), direction);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    public void Micro_batches_give_the_factors_of_the_whole_batch_whatever_their_sizes(int first, int second)
    {
        using var scope = NewDisposeScope();
        var (inputs, gradients) = (randn([4, 3], float64), randn([4, 2], float64).div(4)); // gradients of a mean over four
        using var whole = new SingdPreconditioner(new SingdOptions { KfacLike = true }, _shape);
        using var parts = new SingdPreconditioner(new SingdOptions { KfacLike = true }, _shape);

        whole.Observe(new LayerSample(inputs.clone(), gradients.clone(), 4, 1));
        parts.Observe(new LayerSample(inputs.narrow(0, 0, first).clone(), gradients.narrow(0, 0, first).clone(), first, 1));
        parts.Observe(new LayerSample(inputs.narrow(0, first, second).clone(), gradients.narrow(0, first, second).clone(), second, 1));
        whole.Refresh(0, 1);
        parts.Refresh(0, 1);

        Close(whole.Matrices["K"].ToDense(), parts.Matrices["K"].ToDense());
        Close(whole.Matrices["C"].ToDense(), parts.Matrices["C"].ToDense());
    }

    [Fact]
    public void Scale_of_the_loss_is_taken_out_of_the_curvature()
    {
        using var scope = NewDisposeScope();
        using var plain = new SingdPreconditioner(new SingdOptions(), _shape);
        using var scaled = new SingdPreconditioner(new SingdOptions(), _shape);

        plain.Observe(Sample([1, 2, 0], [1, 3], 1));
        scaled.Observe(Sample([1, 2, 0], [1024, 3 * 1024], 1));
        plain.Refresh(0, 1);
        scaled.Refresh(0, 1024);

        Close(plain.Matrices["C"].ToDense(), scaled.Matrices["C"].ToDense());
    }

    [Fact]
    public void Scaled_start_makes_the_preconditioned_curvature_one_on_average()
    {
        // Isotropic curvature t̄r(A)·t̄r(G) = 4 · 9: the start inverts it at once, so that the first direction is g / (36 + λ)^½ᐟ½.
        using var scope = NewDisposeScope();
        var options = new SingdOptions { ScaledStart = true, FactorRate = 0, Damping = 0 };
        using var singd = new SingdPreconditioner(options, _shape);
        singd.Observe(new LayerSample(eye(3, 3, float64).mul(2 * Math.Sqrt(3)), eye(2, 2, float64).mul(3), 2, 1));
        singd.Refresh(0, 1);

        var direction = singd.Precondition(ones(new long[] { 2, 3 }, float64));

        // t̄r(H_K) = 12/3 = 4, t̄r(H_C) = B · 9 = 18 with B = 2.
        Close(full(new long[] { 2, 3 }, 1.0 / (4 * 18), float64), direction);
    }

    [Fact]
    public void Scaled_start_without_coupling_inverts_each_factor_by_itself()
    {
        // t̄r(H_K) = 4 and t̄r(H_C) = 2 · 9, as above; λ = 0.25 is added to each. At this scale the factors are at rest.
        using var scope = NewDisposeScope();
        using var singd = new SingdPreconditioner(new SingdOptions { ScaledStart = true, KfacLike = true, FactorRate = 0.1, Damping = 0.25 }, _shape);
        singd.Observe(new LayerSample(eye(3, 3, float64).mul(2 * Math.Sqrt(3)), eye(2, 2, float64).mul(3), 2, 1));
        singd.Refresh(0, 1);

        Close(eye(3, 3, float64).div(Math.Sqrt(4.25)), singd.Matrices["K"].ToDense());
        Close(eye(2, 2, float64).div(Math.Sqrt(18.25)), singd.Matrices["C"].ToDense());
    }

    [Fact]
    public void Scaled_start_from_a_batch_without_curvature_stays_finite()
    {
        using var scope = NewDisposeScope();
        using var singd = new SingdPreconditioner(new SingdOptions { ScaledStart = true, Damping = 0 }, _shape);
        singd.Observe(Sample([1, 2, 0], [0, 0], 1));
        singd.Refresh(0, 1);

        Assert.True(singd.Matrices["K"].ToDense().isfinite().all().ToBoolean());
        Assert.True(singd.Matrices["C"].ToDense().isfinite().all().ToBoolean());
    }

    [Fact]
    public void Updates_happen_at_every_interval_and_use_only_what_was_observed()
    {
        using var scope = NewDisposeScope();
        using var singd = new SingdPreconditioner(new SingdOptions { UpdateInterval = 3 }, _shape);

        Assert.Equal([true, false, false, true], Enumerable.Range(0, 4).Select(s => singd.Observes(s)));

        singd.Observe(Sample([1, 2, 0], [1, 3], 1));
        singd.Discard();
        singd.Refresh(0, 1);
        Close(eye(3, 3, float64), singd.Matrices["K"].ToDense());
    }

    [Fact]
    public void Factors_have_the_types_that_the_options_ask_for()
    {
        using var scope = NewDisposeScope();
        using var singd = new SingdPreconditioner(new SingdOptions { InputType = bfloat16 }, _shape with { Type = float32 });
        singd.Observe(new LayerSample(ones(4, 3), ones(4, 2), 4, 1));
        singd.Refresh(0, 1);

        var direction = singd.Precondition(ones(2, 3));

        Assert.Equal((bfloat16, float32, float32), (singd.Matrices["K"].Type, singd.Matrices["C"].Type, direction.dtype));
    }

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var options = new SingdOptions { Damping = -1, UpdateInterval = 0, FactorRate = double.NaN, FactorMomentum = 1 };

        var error = Assert.Throws<ArgumentException>(() => options.Validated());

        foreach (var part in new[] { "Damping", "-1", "UpdateInterval", "FactorRate", "NaN", "FactorMomentum" })
        {
            Assert.Contains(part, error.Message);
        }
    }

    [Fact]
    public void Momentum_is_refused_where_the_method_has_none() => Assert.Throws<ArgumentException>(
        () => new SingdOptions { KfacLike = true, FactorMomentum = 0.5 }.Validated());

    [Fact]
    public void Schedules_warm_up_and_stay()
    {
        var schedule = Schedule.LinearWarmup(0.1, 4);

        Assert.Equal([0.025, 0.05, 0.1, 0.1], new long[] { 0, 1, 3, 9 }.Select(schedule.At));
    }

    [Theory]
    [InlineData(false, 0.5)]
    [InlineData(true, 0.5)]
    [InlineData(false, 0.0)]
    public void Updates_leave_nothing_behind_that_outlives_scope_and_state(bool diagonal, double momentum)
    {
        var pattern = diagonal ? MatrixPattern.Diagonal : MatrixPattern.Dense;

        Support.Leak.None(() =>
        {
            using var scope = NewDisposeScope();
            using var singd = new SingdPreconditioner(
                new SingdOptions { Inputs = pattern, Outputs = pattern, FactorMomentum = momentum, NormalizeFactorStep = true, ScaledStart = true }, _shape);
            for (var step = 0; step < 20; step += 10)
            {
                singd.Observe(Sample([1, 2, 0], [1, 3], 1));
                singd.Observe(Sample([1, 0, 1], [2, 3], 1));
                singd.Refresh(step, 2);
                using var gradient = ones(new long[] { 2, 3 }, float64);
                singd.Precondition(gradient).Dispose();
            }
        });
    }

    private static LayerSample Sample(double[] inputs, double[] gradients, long batch) =>
        new(tensor(inputs).reshape(batch, -1), tensor(gradients).reshape(batch, -1), batch, 1);

    private static void Close(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.sub(actual).abs().max().ToDouble() < 1e-12, $"Expected {expected.str()}, got {actual.str()}.");
    }
}
