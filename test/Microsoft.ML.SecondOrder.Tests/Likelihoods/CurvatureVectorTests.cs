using Microsoft.ML.SecondOrder.Likelihoods;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Likelihoods;

/// <summary>The vectors of each likelihood against the Hessian of its loss, which is differentiated numerically.</summary>
public sealed class CurvatureVectorTests
{
    private static readonly double[,] _outputs = { { 0.3, -1.2, 0.8 }, { 2, 0.1, -0.4 } };
    private static readonly double[,] _residuals = { { 0.5, 3, -0.2 }, { -4, 0.9, 0.1 } }; // two of them beyond δ = 1

    public static TheoryData<string> Kinds => ["gaussian", "bernoulli", "categorical"];

    [Theory, MemberData(nameof(Kinds))]
    public void Roots_multiply_to_the_hessian_of_the_loss(string kind)
    {
        using var scope = NewDisposeScope();
        var (likelihood, outputs, targets) = Case(kind);

        var roots = likelihood.HessianRoots(outputs, targets).ToList();

        for (var row = 0; row < outputs.shape[0]; row++)
        {
            var product = roots.Select(r => r[row].outer(r[row])).Aggregate((x, y) => x.add(y));
            Close(Hessian(likelihood, outputs[row], targets.narrow(0, row, 1)), product, 1e-5); // differences of differences
        }
    }

    [Fact]
    public void Huber_roots_are_one_inside_and_the_stated_curvature_outside()
    {
        using var scope = NewDisposeScope();
        var (likelihood, outputs, targets) = Case("huber");

        var roots = likelihood.HessianRoots(outputs, targets).ToList();

        var squares = roots.Select(r => r.square()).Aggregate((x, y) => x.add(y));
        Close(tensor(new double[,] { { 1, 1e-3, 1 }, { 1e-3, 1, 1 } }), squares, 1e-12);
        Assert.All(roots, r => Assert.Equal(2, r.count_nonzero().item<long>())); // one column each
    }

    [Theory]
    [InlineData("gaussian")]
    [InlineData("bernoulli")]
    [InlineData("categorical")]
    [InlineData("huber")]
    public void Sampled_gradients_have_mean_zero_and_the_hessian_as_second_moment(string kind)
    {
        const int Draws = 20_000;
        using var scope = NewDisposeScope();
        var (likelihood, outputs, targets) = Case(kind);
        var row = outputs.narrow(0, 0, 1).expand(Draws, 3).contiguous();
        var target = kind == "categorical" ? targets.narrow(0, 0, 1).expand(Draws) : targets.narrow(0, 0, 1).expand(Draws, 3);
        using var generator = new Generator(7UL, CPU);

        var drawn = likelihood.SampleGradient(row, generator, target);

        var exact = likelihood.HessianRoots(row.narrow(0, 0, 1), target.narrow(0, 0, 1)).Select(r => r[0].outer(r[0])).Aggregate((x, y) => x.add(y));
        Close(zeros(new long[] { 3 }, float64), drawn.mean(new long[] { 0 }), 0.04); // five standard errors of at most 1/√20000
        Close(exact, drawn.t().mm(drawn).div(Draws), 0.06);
    }

    [Theory]
    [InlineData("gaussian")]
    [InlineData("bernoulli")]
    [InlineData("categorical")]
    public void Draws_depend_on_the_seed_alone(string kind)
    {
        using var scope = NewDisposeScope();
        var (likelihood, outputs, _) = Case(kind);
        var many = outputs.repeat(20, 1);
        using var globalState = get_rng_state();
        Tensor Draw(ulong seed)
        {
            using var generator = new Generator(seed, CPU);
            return likelihood.SampleGradient(many, generator);
        }

        var (first, again, other) = (Draw(1), Draw(1), Draw(2));

        Assert.True(first.Equals(again) || first.sub(again).abs().max().ToDouble() == 0);
        Assert.NotEqual(0, first.sub(other).abs().max().ToDouble());
        Assert.Equal(globalState.bytes.ToArray(), get_rng_state().bytes.ToArray());
    }

    [Theory]
    [InlineData("gaussian")]
    [InlineData("bernoulli")]
    [InlineData("categorical")]
    [InlineData("huber")]
    public void Vectors_track_no_gradient_and_leave_nothing_behind(string kind)
    {
        using var scope = NewDisposeScope();
        var (likelihood, values, targets) = Case(kind);
        var outputs = values.requires_grad_();

        Support.Leak.None(() =>
        {
            using var generator = new Generator(3UL, CPU);
            using var drawn = likelihood.SampleGradient(outputs, generator, targets);
            Assert.False(drawn.requires_grad);
            foreach (var root in likelihood.HessianRoots(outputs, targets))
            {
                Assert.False(root.requires_grad);
                root.Dispose();
            }
        });
    }

    [Fact]
    public void Huber_loss_is_quadratic_inside_and_linear_outside()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new double[] { 1, 5, -5 }).reshape(3, 1);

        var loss = new HuberLikelihood(2).Loss(outputs, zeros(new long[] { 3, 1 }, float64));

        Assert.Equal((0.5 + 8 + 8) / 3, loss.ToDouble(), 1e-14); // 2 · (5 − 1) = 8
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Huber_refuses_an_impossible_delta(double delta) =>
        Assert.Contains("δ", Assert.Throws<ArgumentOutOfRangeException>(() => new HuberLikelihood(delta)).Message);

    private static (Likelihood Likelihood, Tensor Outputs, Tensor Targets) Case(string kind)
    {
        var outputs = tensor(_outputs);
        return kind switch
        {
            "gaussian" => (new GaussianLikelihood(), outputs, outputs.sub(tensor(_residuals))),
            "huber" => (new HuberLikelihood(), outputs, outputs.sub(tensor(_residuals))),
            "bernoulli" => (new BernoulliLikelihood(), outputs, tensor(new double[,] { { 1, 0, 1 }, { 0, 0, 1 } })),
            _ => (new CategoricalLikelihood(), outputs, tensor(new long[] { 2, 0 })),
        };
    }

    private static Tensor Hessian(Likelihood likelihood, Tensor at, Tensor target)
    {
        const double H = 1e-4;
        double Loss(int i, double di, int j, double dj)
        {
            using var moved = at.clone();
            moved[i] += di;
            moved[j] += dj;
            return likelihood.Loss(moved.unsqueeze(0), target).ToDouble();
        }

        var hessian = new double[3, 3];
        for (var i = 0; i < 3; i++)
        {
            for (var j = 0; j < 3; j++)
            {
                hessian[i, j] = (Loss(i, H, j, H) - Loss(i, H, j, -H) - Loss(i, -H, j, H) + Loss(i, -H, j, -H)) / (4 * H * H);
            }
        }

        return tensor(hessian);
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < tolerance, $"Expected {expected.str()}, got {actual.str()}.");
}
