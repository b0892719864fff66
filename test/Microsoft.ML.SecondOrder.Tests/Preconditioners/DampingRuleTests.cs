using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class DampingRuleTests
{
    private static readonly DampingRule _rule = new() { Factor = 0.5, Minimum = 0.03, Maximum = 0.3 };

    [Theory]
    [InlineData(0.9, 0.05)] // as promised: less damping
    [InlineData(0.95, 0.1)] // half of it: as before
    [InlineData(0.99, 0.2)] // a tenth of it: more
    [InlineData(1.5, 0.2)] // worse than before
    [InlineData(double.NaN, 0.2)]
    [InlineData(double.PositiveInfinity, 0.2)]
    public void Damping_follows_how_well_the_promise_was_kept(double after, double expected) =>
        Assert.Equal(expected, _rule.Next(0.1, 1, after, -0.1), 1e-12);

    [Theory]
    [InlineData(0.04, 0.9, 0.03)]
    [InlineData(0.2, 1.5, 0.3)]
    public void Damping_stays_within_its_bounds(double damping, double after, double expected) =>
        Assert.Equal(expected, _rule.Next(damping, 1, after, -0.1), 1e-12);

    [Fact]
    public void Damping_of_the_optimizer_follows_the_steps_and_is_saved()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(3, 2).to(float64);
        var options = new KfacOptions { Fisher = FisherKind.Exact, Damping = 0.1, Adaption = _rule };
        using var optimizer = new SecondOrderOptimizer(layer, options, learningRate: 0.5, momentum: 0.3);
        var (x, y) = (arange(24, dtype: float64).square().sin().reshape(8, 3), arange(16, dtype: float64).cos().reshape(8, 2));
        double Loss() => new GaussianLikelihood().Loss(layer.call(x), y).ToDouble();
        void Step()
        {
            optimizer.zero_grad();
            var outputs = layer.call(x);
            optimizer.ObserveCurvature(outputs, new GaussianLikelihood());
            new GaussianLikelihood().Loss(outputs, y).backward();
            optimizer.step();
        }

        Assert.Contains("step()", Assert.Throws<InvalidOperationException>(() => optimizer.AdaptDamping(1, 1)).Message);
        var before = Loss();
        Step();

        // A linear layer with squared loss: K-FAC's model of the step is exact, and so is its promise.
        optimizer.AdaptDamping(before, Loss());
        var kfac = (KfacPreconditioner)optimizer.Layers[0].Preconditioner;
        Assert.Equal(0.05, kfac.Damping, 1e-12);
        Assert.Throws<InvalidOperationException>(() => optimizer.AdaptDamping(1, 1)); // each step once

        Step();
        optimizer.AdaptDamping(1, 2);
        Assert.Equal(0.1, kfac.Damping, 1e-12);
        Assert.Equal(0.1, kfac.State["damping"][0].ToDouble(), 1e-12);
    }

    [Fact]
    public void Promise_is_the_change_of_the_loss_where_the_model_is_exact()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(3, 2).to(float64);
        using var optimizer = new SecondOrderOptimizer(layer, new KfacOptions { Fisher = FisherKind.Exact, Adaption = _rule }, learningRate: 0.5);
        var (x, y) = (arange(24, dtype: float64).square().sin().reshape(8, 3), arange(16, dtype: float64).cos().reshape(8, 2));
        var outputs = layer.call(x);
        optimizer.ObserveCurvature(outputs, new GaussianLikelihood());
        var before = new GaussianLikelihood().Loss(outputs, y);
        before.backward();
        optimizer.step();

        using var gradMode = no_grad();
        var promised = optimizer.Layers[0].PromisedChange(1).ToDouble();

        Assert.Equal(new GaussianLikelihood().Loss(layer.call(x), y).ToDouble() - before.ToDouble(), promised, 1e-12);
    }

    [Fact]
    public void Impossible_rule_is_refused_with_all_that_is_wrong() => Assert.Equal(
        3, new DampingRule { Factor = 1, Lower = 1, Minimum = 0 }.Problems().Count());
}
