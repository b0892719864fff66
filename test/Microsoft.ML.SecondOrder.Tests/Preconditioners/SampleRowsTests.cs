using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

/// <summary>SENG, FNGD and CG-FAC against the matrices that they never form.</summary>
public sealed class SampleRowsTests : IDisposable
{
    private const double Damping = 0.3;
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<PreconditionerOptions, string> Impossible => new()
    {
        { new SengOptions { Damping = 0, UpdateInterval = 0, SketchColumns = 0 }, "Damping UpdateInterval SketchColumns" },
        { new FngdOptions { Damping = double.NaN, LearningSteps = 0, Fisher = FisherKind.Sampled }, "Damping LearningSteps Fisher" },
        { new CgfacOptions { Damping = -1, Iterations = 0, Tolerance = 1, UpdateInterval = 0, Curvature = (CgfacCurvature)7 }, "Damping Iterations Tolerance UpdateInterval Curvature" },
    };

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 3, 2)] // by products of rows
    [InlineData(2, 9, 8)]
    [InlineData(7, 2, 2)] // by the matrix itself
    public void Products_are_those_of_the_matrix_of_gradients(long positions, long inputs, long outputs)
    {
        var sample = Sample(4, positions, inputs, outputs);
        var u = Matrix(sample);
        using var rows = SampleRows.Of([sample], float64, 1);
        var (v, w) = (Numbers(outputs, inputs), Numbers(1, 4)[0]);

        Close(u.mm(u.t()), rows.Gram());
        Close(u.mv(v.reshape(-1)), rows.Inner(v));
        Close(u.t().mv(w).reshape(outputs, inputs), rows.Combine(w));
        Close(u.index_select(1, tensor(new long[] { 3, 0 })), rows.Columns(tensor(new long[] { 3, 0 })));
    }

    [Fact]
    public void Micro_batches_and_several_vectors_are_further_examples()
    {
        var (first, second) = (Sample(4, 2, 3, 2), Sample(2, 2, 3, 2));
        using var rows = SampleRows.Of([first, second], float64, 2);

        var u = cat([Matrix(first), Matrix(second)], 0).mul(2);
        Close(u.mm(u.t()), rows.Gram());

        var twice = first with { OutputGradients = cat([first.OutputGradients, first.OutputGradients.mul(3)], 0), Vectors = 2 };
        using var vectors = SampleRows.Of([twice], float64, 1);
        Close(Matrix(first).t().mm(Matrix(first)).mul(10), Dense(vectors));
    }

    [Theory, InlineData(1), InlineData(3)]
    public void Seng_solves_with_the_curvature_of_the_mean_loss(long positions)
    {
        var sample = Sample(4, positions, 3, 2);
        using var seng = new SengPreconditioner(new SengOptions { Damping = Damping }, Shape(sample));
        seng.Observe(sample);
        seng.Refresh(0, gradientScale: 1);

        Close(Solution(4, sample, Numbers(2, 3)), seng.Precondition(Numbers(2, 3)));
    }

    [Fact]
    public void Seng_of_one_example_by_hand()
    {
        // u = (3, 4), λ = 1: (I + u uᵀ)⁻¹ v = v − u (u·v) / 26.
        using var seng = new SengPreconditioner(new SengOptions { Damping = 1 }, new LayerShape("layer", 1, 2, false, float64, CPU));
        seng.Observe(new LayerSample(tensor(new[,] { { 1.5, 2.0 } }), tensor(new[,] { { 2.0 } }), 1, 1));
        seng.Refresh(0, 1);

        Close(tensor(new[,] { { 1 - 3 * 3 / 26.0, -4 * 3 / 26.0 } }), seng.Precondition(tensor(new[,] { { 1.0, 0 } })));
    }

    [Fact]
    public void A_sketch_of_all_columns_but_one_is_close_to_the_whole()
    {
        var sample = Sample(4, 1, 30, 20);
        Tensor Direction(int? columns)
        {
            using var seng = new SengPreconditioner(new SengOptions { Damping = Damping, SketchColumns = columns }, Shape(sample));
            seng.Observe(sample);
            seng.Refresh(0, 1);
            return seng.Precondition(Numbers(20, 30));
        }

        var exact = Direction(null);
        Close(exact, Direction(600));
        var error = Direction(599).sub(exact).norm().ToDouble() / exact.norm().ToDouble();
        Assert.InRange(error, 1e-12, 0.05);
    }

    [Fact]
    public void Fngd_is_the_natural_gradient_while_it_learns()
    {
        var sample = Sample(4, 2, 3, 2);
        using var fngd = new FngdPreconditioner(new FngdOptions { Damping = Damping }, Shape(sample));
        fngd.Observe(sample);
        fngd.Refresh(0, 1);
        var gradient = sample.OutputGradients.t().mm(sample.Inputs);

        Close(Solution(4, sample, gradient), fngd.Precondition(gradient));

        // What no example explains is multiplied by the mean coefficient.
        var penalty = Numbers(2, 3);
        var mean = fngd.State["coefficients"][0].mean();
        Close(Solution(4, sample, gradient).add(penalty.mul(mean)), fngd.Precondition(gradient.add(penalty)));
    }

    [Fact]
    public void Fngd_keeps_its_coefficients_by_place()
    {
        using var fngd = new FngdPreconditioner(new FngdOptions { Damping = Damping, LearningSteps = 2 }, Shape(Sample(4, 1, 3, 2)));
        foreach (var (batch, step) in new[] { (3L, 0), (4L, 1), (6L, 2) })
        {
            fngd.Observe(Sample(batch, 1, 3, 2));
            fngd.Refresh(step, 1);
        }

        Assert.Equal([2, 2, 2, 1], fngd.State["counts"][0].data<double>().ToArray());
        var means = fngd.State["coefficients"][0].div(fngd.State["counts"][0]);
        var all = fngd.State["coefficients"][0].sum().div(7);
        var last = Sample(6, 1, 3, 2);
        var c = cat([means, all.expand(2)], 0).unsqueeze(1);
        Close(last.OutputGradients.mul(c).t().mm(last.Inputs), fngd.Precondition(last.OutputGradients.t().mm(last.Inputs)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cgfac_converges_to_the_solution(bool isBlock)
    {
        var sample = Sample(4, 2, 3, 2);
        var options = new CgfacOptions { Damping = Damping, Curvature = isBlock ? CgfacCurvature.Block : CgfacCurvature.Kronecker, Iterations = 60, Tolerance = 1e-14 };
        using var cgfac = new CgfacPreconditioner(options, Shape(sample));
        cgfac.Observe(sample);
        cgfac.Refresh(0, 1);
        var gradient = Numbers(2, 3);

        using var observation = new KroneckerObservation(Shape(sample), float64);
        observation.AddInputs(sample);
        observation.AddOutputs(sample);
        var curvature = isBlock
            ? Matrix(sample).t().mm(Matrix(sample)).mul(4)
            : kron(observation.OutputFactor(LossAverage.Batch, 1), observation.InputFactor());
        var expected = linalg.solve(curvature.add(eye(6, dtype: float64).mul(Damping)), gradient.reshape(-1)).reshape(2, 3);
        Close(expected, cgfac.Precondition(gradient));
        Close(expected.neg(), cgfac.Precondition(gradient.neg())); // from a start that points the wrong way
    }

    [Fact]
    public void One_plain_iteration_is_a_gradient_step_of_the_best_length()
    {
        var sample = Sample(4, 1, 3, 2);
        using var cgfac = new CgfacPreconditioner(new CgfacOptions { Damping = Damping, Iterations = 1, Diagonal = false }, Shape(sample));
        cgfac.Observe(sample);
        cgfac.Refresh(0, 1);
        var v = Numbers(2, 3);
        using var rows = SampleRows.Of([sample], float64, 2);

        Close(v.mul(v.square().sum().div(v.mul(CgfacMath.Kronecker(v, rows, Damping)).sum())), cgfac.Precondition(v));
    }

    [Fact]
    public void A_curvature_that_is_not_finite_is_named()
    {
        var sample = Sample(4, 1, 3, 2);
        sample.Inputs.mul_(1e200);
        using var cgfac = new CgfacPreconditioner(new CgfacOptions(), Shape(sample));
        cgfac.Observe(sample);
        cgfac.Refresh(0, 1);

        Assert.Contains("'layer'", Assert.Throws<NumericalException>(() => cgfac.Precondition(Numbers(2, 3))).Message);
    }

    [Theory, MemberData(nameof(Impossible))]
    public void Bad_options_are_refused_all_at_once(PreconditionerOptions options, string parts)
    {
        var error = Assert.Throws<ArgumentException>(() => options.Validated());

        Assert.All(parts.Split(' '), part => Assert.Contains(part + " must", error.Message));
    }

    /// <summary>(λI + B UᵀU)⁻¹ V for gradients U of a mean loss over B examples.</summary>
    private static Tensor Solution(double examples, LayerSample sample, Tensor gradient)
    {
        var u = Matrix(sample);
        return linalg.solve(u.t().mm(u).mul(examples).add(eye(u.shape[1], dtype: float64).mul(Damping)), gradient.reshape(-1)).reshape(gradient.shape);
    }

    private static Tensor Dense(SampleRows rows)
    {
        var columns = rows.Columns(arange(rows.Kept.Inputs.shape[2] * rows.Kept.Gradients.shape[2]));
        return columns.t().mm(columns);
    }

    /// <summary>U by its definition, example by example.</summary>
    private static Tensor Matrix(LayerSample sample)
    {
        var (a, g) = (sample.Inputs.reshape(sample.Batch, -1, sample.Inputs.shape[1]), sample.OutputGradients.reshape(sample.Batch, -1, sample.OutputGradients.shape[1]));
        return stack([.. Enumerable.Range(0, (int)sample.Batch).Select(n => g[n].t().mm(a[n]).reshape(-1))], 0);
    }

    private static LayerShape Shape(LayerSample sample) => new("layer", sample.OutputGradients.shape[1], sample.Inputs.shape[1], false, float64, CPU);

    private static LayerSample Sample(long examples, long positions, long inputs, long outputs) =>
        new(Numbers(examples * positions, inputs), Numbers(examples * positions, outputs).mul(1.7).sin(), examples, positions);

    private static Tensor Numbers(long rows, long columns) => arange(rows * columns, dtype: float64).square().mul(0.73).cos().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < 1e-10, $"Expected {expected.str()}, got {actual.str()}.");
}
