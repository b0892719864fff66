using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;
using static Microsoft.ML.SecondOrder.Tests.MarginalLikelihood.SmallNetworks;

namespace Microsoft.ML.SecondOrder.Tests.MarginalLikelihood;

public sealed class LeaveOneOutTests : IDisposable
{
    private const double Rounding = 1e-8;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(PriorPrecision.Shared, 1)]
    [InlineData(PriorPrecision.PerInput, 1)]
    [InlineData(PriorPrecision.PerInput, 2)]
    public void A_linear_model_says_of_each_row_what_a_fit_without_it_says(PriorPrecision prior, int outputs)
    {
        const double Noise = 0.4;
        var (x, y) = (Numbers(12, 3), Numbers(12, outputs));
        double[] precisions = prior == PriorPrecision.Shared ? [0.7, 0.7, 0.7, 0.7] : [0.3, 2, 0.9, 5];
        using var network = Linear(3, outputs, bias: true);
        Solve(network, x, y, precisions, Noise);
        using var posterior = Fit(network, x, y, new GaussianLikelihood());
        posterior.HyperParameters = new HyperParameters(prior, prior == PriorPrecision.Shared ? [0.7] : [.. precisions], Noise);

        using var left = posterior.LeaveOneOut([(x.narrow(0, 0, 5), y.narrow(0, 0, 5)), (x.narrow(0, 5, 7), y.narrow(0, 5, 7))]);

        for (var n = 0; n < 12; n++)
        {
            var others = tensor(Enumerable.Range(0, 12).Where(i => i != n).Select(i => (long)i).ToArray());
            using var refitted = Linear(3, outputs, bias: true);
            Solve(refitted, x.index_select(0, others), y.index_select(0, others), precisions, Noise);
            Same(refitted.call(x.narrow(0, n, 1)), left.OutputsWithout.narrow(0, n, 1));
        }

        Same(network.call(x), left.Outputs);
    }

    [Fact]
    public void Evidence_of_a_linear_model_is_its_density_and_effective_parameters_are_the_trace_of_its_hat_matrix()
    {
        const double Precision = 0.7, Noise = 0.4;
        var (x, y) = (Numbers(12, 3), Numbers(12, 1));
        using var network = Linear(3, 1);
        Solve(network, x, y, [Precision, Precision, Precision], Noise);
        using var posterior = Fit(network, x, y, new GaussianLikelihood());
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [Precision], Noise);

        using var left = posterior.LeaveOneOut([(x, y)]);

        var covariance = x.mm(x.t()).div(Precision).add(eye(12, dtype: float64).mul(Noise * Noise));
        var density = -0.5 * (y.t().mm(linalg.inv(covariance)).mm(y).ToDouble() + linalg.slogdet(covariance).Item2.ToDouble() + 12 * Math.Log(2 * Math.PI));
        Assert.Equal(density, left.LogMarginalLikelihood, Rounding);
        var hat = x.mm(linalg.inv(x.t().mm(x).add(eye(3, dtype: float64).mul(Precision * Noise * Noise)))).mm(x.t());
        Assert.Equal(hat.diagonal().sum().ToDouble(), left.EffectiveParameters, Rounding);
    }

    [Theory]
    [InlineData("gaussian", false)]
    [InlineData("huber", false)]
    [InlineData("bernoulli", false)]
    [InlineData("categorical", false)]
    [InlineData("categorical", true)]
    public void The_dual_form_is_a_newton_step_with_the_dense_curvature(string kind, bool convolutional)
    {
        const double Noise = 0.6, Precision = 1.3;
        var likelihood = Of(kind);
        var classes = kind == "categorical" ? 3 : 1;
        using var network = convolutional ? Convolutional() : Mlp(3, classes);
        classes = convolutional ? 2 : classes;
        var x = convolutional ? Numbers(10, 1, 3, 3) : Numbers(10, 3);
        var y = Targets(kind, classes);
        var weights = Numbers(10).abs().add(0.5);
        var noise = likelihood.HasNoise ? Noise : 1;
        using var posterior = Fit(network, x, y, likelihood);
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [Precision], noise);

        using var left = posterior.LeaveOneOut([(x, y, weights)], 0);

        var h = 1 / (noise * noise);
        var jacobian = Jacobian(network, x).reshape(10, classes, -1); // [N, C, P]
        var outputs = network.call(x).detach();
        var (gradients, hessians) = Derivatives(likelihood, outputs, y);
        var total = eye(jacobian.shape[2], dtype: float64).mul(Precision);
        for (var n = 0; n < 10; n++)
        {
            total = total.add(jacobian[n].t().mm(hessians[n]).mm(jacobian[n]).mul(h * weights[n].ToDouble()));
        }

        for (var n = 0; n < 10; n++)
        {
            var w = h * weights[n].ToDouble();
            var without = total.sub(jacobian[n].t().mm(hessians[n]).mm(jacobian[n]).mul(w));
            var step = jacobian[n].mm(linalg.inv(without)).mm(jacobian[n].t()).mv(gradients[n]).mul(w);
            var shift = left.OutputsWithout[n].sub(outputs[n]);
            Same(Seen(step, classes), Seen(shift, classes));
        }

        var hat = Enumerable.Range(0, 10).Sum(n => jacobian[n].t().mm(hessians[n]).mm(jacobian[n]).mul(h * weights[n].ToDouble()).mm(linalg.inv(total)).diagonal().sum().ToDouble());
        Assert.Equal(hat, left.EffectiveParameters, Rounding);
    }

    [Fact]
    public void A_prior_that_holds_some_of_the_curvature_pulls_harder()
    {
        const double Noise = 0.5, Precision = 0.8, Shrinkage = 0.2;
        var (x, y) = (Numbers(9, 3), Numbers(9, 1));
        using var network = Linear(3, 1);
        using var posterior = Fit(network, x, y, new GaussianLikelihood());
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [Precision], Noise);

        using var left = posterior.LeaveOneOut([(x, y, null)], Shrinkage);

        var h = 1 / (Noise * Noise);
        var total = x.t().mm(x).mul(h * (1 + Shrinkage)).add(eye(3, dtype: float64).mul(Precision));
        for (var n = 0; n < 9; n++)
        {
            var a = x.narrow(0, n, 1);
            var own = a.mm(linalg.inv(total)).mm(a.t()).mul(h).ToDouble();
            var residual = network.call(a).sub(y.narrow(0, n, 1)).ToDouble();
            Assert.Equal(residual / (1 - own), left.OutputsWithout[n].sub(y[n]).ToDouble(), Rounding);
        }
    }

    [Fact]
    public void Rows_that_are_certain_give_finite_outputs()
    {
        using var network = Linear(3, 3);
        using (no_grad())
        {
            network.parameters().First().mul_(300);
        }

        using var posterior = Fit(network, Numbers(10, 3), Targets("categorical", 3), new CategoricalLikelihood());

        using var left = posterior.LeaveOneOut([(Numbers(10, 3), Targets("categorical", 3))]);

        Assert.True(left.OutputsWithout.isfinite().all().item<bool>());
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var network = Mlp(3, 3);
        var (x, y) = (Numbers(10, 3), Targets("categorical", 3));
        using var posterior = Fit(network, x, y, new CategoricalLikelihood());

        Leak.None(() => posterior.LeaveOneOut([(x, y)]).Dispose());
    }

    [Fact]
    public void No_row_is_an_error()
    {
        using var network = Linear(3, 1);
        using var posterior = Fit(network, Numbers(10, 3), Numbers(10, 1), new GaussianLikelihood());

        Assert.Contains("at least one row", Assert.Throws<ArgumentException>(() => posterior.LeaveOneOut([])).Message);
    }

    private static Likelihood Of(string kind) => kind switch
    {
        "gaussian" => new GaussianLikelihood(),
        "huber" => new HuberLikelihood(0.3),
        "bernoulli" => new BernoulliLikelihood(),
        _ => new CategoricalLikelihood(),
    };

    private static Tensor Targets(string kind, int classes) => kind switch
    {
        "categorical" => arange(10, int64).remainder(classes),
        "bernoulli" => arange(10, int64).remainder(2).to(float64).unsqueeze(1),
        _ => Numbers(10, classes),
    };

    /// <summary>Ridge regression with a precision for each column, the bias last: the least of squared errors over σ² and the prior.</summary>
    private static void Solve(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y, double[] precisions, double noise)
    {
        using var gradMode = no_grad();
        var hasBias = network.parameters().Count() == 2;
        var a = hasBias ? cat([x, ones(new long[] { x.shape[0], 1 }, float64)], 1) : x;
        var solution = linalg.inv(a.t().mm(a).div(noise * noise).add(diag(tensor(precisions)))).mm(a.t().mm(y)).div(noise * noise).t();
        network.parameters().First().copy_(solution.narrow(1, 0, x.shape[1]));
        if (hasBias)
        {
            network.parameters().Last().copy_(solution.select(1, x.shape[1]));
        }
    }

    /// <summary>Of each row's loss in its outputs, by automatic differentiation where it is smooth.</summary>
    private static (Tensor Gradients, Tensor Hessians) Derivatives(Likelihood likelihood, Tensor outputs, Tensor targets)
    {
        var f = outputs.detach();
        f.requires_grad = true;
        var gradients = autograd.grad([likelihood.Loss(f, targets).mul(10.0)], [f], retain_graph: true, create_graph: true)[0];
        var hessians = likelihood is HuberLikelihood huber
            ? diag_embed(outputs.sub(targets).abs().le(huber.Delta).to(float64).mul(1 - HuberLikelihood.OutsideCurvature).add(HuberLikelihood.OutsideCurvature))
            : stack([.. Enumerable.Range(0, (int)outputs.shape[1]).Select(c => likelihood is GaussianLikelihood
                ? ones_like(outputs)
                : autograd.grad([gradients.select(1, c).sum()], [f], retain_graph: true)[0])], 1);
        return (gradients.detach(), hessians.detach());
    }

    /// <summary>What a softmax sees of logits; a single output as it is.</summary>
    private static Tensor Seen(Tensor shift, int classes) => classes == 1 ? shift : shift.sub(shift.mean());

    private static void Same(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(expected.sub(actual).abs().max().ToDouble() / Math.Max(1, expected.abs().max().ToDouble()), 0, Rounding);
    }
}
