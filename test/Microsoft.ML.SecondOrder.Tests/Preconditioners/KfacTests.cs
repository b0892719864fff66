using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class KfacTests : IDisposable
{
    private static readonly LayerShape _shape = new("layer", Outputs: 2, Inputs: 3, HasBias: false, float64, CPU);
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void One_update_by_hand()
    {
        // One row a = (1, 2, 0), g = (1, 3): A = a aᵀ, G = g gᵀ (batch of one); mean diagonals 5/3 and 5, so π = √(1/3).
        using var kfac = new KfacPreconditioner(new KfacOptions { Damping = 0.04 }, _shape);

        kfac.Observe(Sample([1, 2, 0], [1, 3], 1));
        kfac.Refresh(0, 1);

        var a = tensor(new double[,] { { 1, 2, 0 }, { 2, 4, 0 }, { 0, 0, 0 } });
        var g = tensor(new double[,] { { 1, 3 }, { 3, 9 } });
        var pi = Math.Sqrt(1 / 3.0);
        Close(a, kfac.InputFactor);
        Close(g, kfac.OutputFactor);
        var expected = linalg.inv(g.add(eye(2, 2, float64).mul(0.2 / pi))).mm(Gradient).mm(linalg.inv(a.add(eye(3, 3, float64).mul(0.2 * pi))));
        Close(expected, kfac.Precondition(Gradient));
    }

    [Theory]
    [InlineData(KfacDamping.EachFactor, KfacSolver.Cholesky)]
    [InlineData(KfacDamping.EachFactor, KfacSolver.Eigen)]
    [InlineData(KfacDamping.Factored, KfacSolver.Eigen)]
    [InlineData(KfacDamping.Product, KfacSolver.Cholesky)]
    public void Direction_solves_the_damped_kronecker_system(KfacDamping kind, KfacSolver solver)
    {
        using var kfac = new KfacPreconditioner(new KfacOptions { Damping = 0.3, DampingKind = kind, Solver = solver }, _shape);
        kfac.Observe(Sample([1, 2, 0, 0.5, -1, 1], [1, 3, -2, 0.5], 2));
        kfac.Refresh(0, 1);
        var (a, g, one3, one2) = (kfac.InputFactor, kfac.OutputFactor, eye(3, 3, float64), eye(2, 2, float64));

        var direction = kfac.Precondition(Gradient).reshape(6, 1);

        var (dampingA, dampingG) = KfacMath.Dampings(a, g, 0.3, kind);
        var system = kind == KfacDamping.Product
            ? kron(g, a).add(eye(6, 6, float64).mul(0.3))
            : kron(g.add(one2.mul(dampingG)), a.add(one3.mul(dampingA)));
        Close(Gradient.reshape(6, 1), system.mm(direction));
    }

    [Fact]
    public void Running_average_is_the_plain_mean_at_first_and_forgets_later()
    {
        using var kfac = new KfacPreconditioner(new KfacOptions { FactorDecay = 0.5, CovarianceInterval = 1 }, _shape);
        var values = new[] { 3.0, 5, 9 };
        for (var step = 0; step < 3; step++)
        {
            kfac.Observe(Sample([values[step], 0, 0], [1, 1], 1));
            kfac.Refresh(step, 1);
        }

        // Weights 1/4, 1/2, 1 over their sum.
        Assert.Equal((9 * 0.25 + 25 * 0.5 + 81) / 1.75, kfac.InputFactor[0, 0].ToDouble(), 1e-12);
    }

    [Fact]
    public void Identity_start_fades_with_the_decay()
    {
        using var kfac = new KfacPreconditioner(new KfacOptions { FactorDecay = 0.75, Start = FactorStart.Identity }, _shape);
        kfac.Observe(Sample([2, 0, 0], [1, 1], 1));
        kfac.Refresh(0, 1);

        Close(diag(tensor(new[] { 0.75 + 0.25 * 4, 0.75, 0.75 })), kfac.InputFactor);
    }

    [Fact]
    public void Factors_and_inverses_are_renewed_at_their_own_intervals()
    {
        var options = new KfacOptions { CovarianceInterval = 2, InverseInterval = 4, EagerSteps = 2 };
        using var kfac = new KfacPreconditioner(options, _shape);
        var observed = new List<long>();
        var renewed = new List<long>();
        for (var step = 0L; step < 9; step++)
        {
            if (kfac.Observes(step))
            {
                observed.Add(step);
                kfac.Observe(Sample([1, step, 0], [1, 1], 1));
            }

            var before = kfac.Precondition(Gradient).clone();
            kfac.Refresh(step, 1);
            if (before.sub(kfac.Precondition(Gradient)).abs().max().ToDouble() > 0)
            {
                renewed.Add(step);
            }
        }

        Assert.Equal([0, 1, 2, 4, 6, 8], observed);
        Assert.Equal([0, 1, 4, 8], renewed);
    }

    [Fact]
    public void Factors_are_observed_later_where_the_first_step_was_skipped()
    {
        using var kfac = new KfacPreconditioner(new KfacOptions { EagerSteps = 1 }, _shape);
        kfac.Observe(Sample([1, 2, 0], [1, 3], 1));
        kfac.Discard();

        Assert.True(kfac.Observes(1));
        Close(Gradient, kfac.Precondition(Gradient));
    }

    [Fact]
    public void Rows_give_the_direction_of_their_product()
    {
        using var kfac = new KfacPreconditioner(new KfacOptions(), _shape);
        kfac.Observe(Sample([1, 2, 0], [1, 3], 1));
        kfac.Refresh(0, 1);
        var (g, a) = (tensor(new double[,] { { 1, 2 }, { 0, -1 } }), tensor(new double[,] { { 1, 0, 2 }, { 3, 1, 1 } }));

        var (left, right) = kfac.PreconditionRows(g, a);

        Close(kfac.Precondition(g.t().mm(a)), left.t().mm(right));
    }

    [Theory]
    [InlineData(LossAverage.Batch, 2)]
    [InlineData(LossAverage.BatchAndPositions, 6)]
    [InlineData(LossAverage.None, 1)]
    public void Output_factor_undoes_the_averaging_of_the_loss(LossAverage average, double scale)
    {
        using var kfac = new KfacPreconditioner(new KfacOptions { LossAverage = average }, _shape);
        kfac.Observe(new LayerSample(ones(new long[] { 6, 3 }, float64), ones(new long[] { 6, 2 }, float64), 2, 3));
        kfac.Refresh(0, 1);

        Close(full(new long[] { 2, 2 }, 6 * scale, float64), kfac.OutputFactor);
    }

    [Fact]
    public void Positions_can_move_from_one_factor_to_the_other()
    {
        using var kfac = new KfacPreconditioner(new KfacOptions { PositionsInOutputs = true }, _shape);
        kfac.Observe(new LayerSample(ones(new long[] { 6, 3 }, float64), ones(new long[] { 6, 2 }, float64), 2, 3));
        kfac.Refresh(0, 1);

        Close(full(new long[] { 3, 3 }, 1 / 3.0, float64), kfac.InputFactor);
        Close(full(new long[] { 2, 2 }, 6.0 * 2 * 3, float64), kfac.OutputFactor);
    }

    [Fact]
    public void Cholesky_is_tried_again_in_double()
    {
        // M + λI has the eigenvalues 2 and 1e-9: singular in 32 bits, not in 64.
        var matrix = ones(2, 2).to(float32);

        var inverse = Factorizations.DampedInverse(matrix, 1e-9, "matrix");

        Assert.Equal(float32, inverse.dtype);
        Assert.Equal(0.5e9, inverse[0, 0].ToDouble(), 1e3);
    }

    [Fact]
    public void Inverse_that_its_type_cannot_hold_is_refused()
    {
        // In double the inverse of 0 + λ is 1e150, in 32 bits infinite.
        var error = Assert.Throws<NumericalException>(() => Factorizations.DampedInverse(zeros(2, 2), 1e-150, "matrix"));

        Assert.Contains("Raise the damping", error.Message);
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    public void Failed_factorisation_names_layer_matrix_and_damping(double entry)
    {
        var matrix = full(new long[] { 2, 2 }, entry, float64);

        var error = Assert.Throws<NumericalException>(() => KfacMath.Inverse(matrix, 0.01, KfacSolver.Cholesky, "factor A of layer 'hidden1'"));

        Assert.Contains("factor A of layer 'hidden1'", error.Message);
        Assert.Contains("0.01", error.Message);
        Assert.Contains(double.IsNaN(entry) ? "not finite" : "Raise the damping", error.Message);
    }

    [Fact]
    public void Eigenvalues_of_what_is_not_finite_are_refused() => Assert.Contains(
        "not finite", Assert.Throws<NumericalException>(() => Factorizations.Eigen(full(new long[] { 2, 2 }, double.NaN, float64), 1, "matrix")).Message);

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var options = new KfacOptions { Damping = 0, FactorDecay = 1, CovarianceInterval = 0, InverseInterval = -3, FisherDraws = 0, Solver = (KfacSolver)7, Adaption = new DampingRule { Factor = 1, Maximum = 0 } };

        var error = Assert.Throws<ArgumentException>(() => options.Validated());

        foreach (var part in new[] { "Damping", "FactorDecay", "CovarianceInterval", "InverseInterval", "-3", "FisherDraws", "Solver", "Adaption", "Factor", "Maximum" })
        {
            Assert.Contains(part, error.Message);
        }
    }

    [Theory]
    [InlineData(KfacDamping.Factored)]
    [InlineData(KfacDamping.Product)]
    public void Updates_leave_nothing_behind_that_outlives_scope_and_state(KfacDamping kind) => Support.Leak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var kfac = new KfacPreconditioner(new KfacOptions { DampingKind = kind }, _shape);
        for (var step = 0; step < 3; step++)
        {
            kfac.Observe(Sample([1, 2, 0], [1, 3], 1));
            kfac.Observe(Sample([1, 0, 1], [2, 3], 1));
            kfac.Refresh(step, 2);
            using var gradient = ones(new long[] { 2, 3 }, float64);
            kfac.Precondition(gradient).Dispose();
        }
    });

    private static Tensor Gradient => tensor(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });

    private static LayerSample Sample(double[] inputs, double[] gradients, long batch) =>
        new(tensor(inputs).reshape(batch, -1), tensor(gradients).reshape(batch, -1), batch, 1);

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.sub(actual).abs().max().ToDouble() < 1e-10, $"Expected {expected.str()}, got {actual.str()}.");
    }
}
