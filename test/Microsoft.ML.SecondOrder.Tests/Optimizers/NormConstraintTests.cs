using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

/// <summary>The bound on the length of a step.</summary>
public sealed class NormConstraintTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.01)]
    [InlineData(1)]
    [InlineData(100)]
    public void Norm_constraint_bounds_the_step_whatever_the_learning_rate(double learningRate)
    {
        const double Kappa = 1e-4;
        using var layer = nn.Linear(3, 1, false);
        layer.to(float64);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions { FactorRate = 0 }, learningRate, momentum: 0, normConstraint: Kappa);
        using var before = layer.weight.detach().clone();
        layer.call(ones(new long[] { 4, 3 }, float64)).mean().mul(5).backward();
        var gradient = layer.weight.grad!; // K = C = I: the direction is the gradient

        optimizer.step();

        var step = before.sub(layer.weight.detach());
        var expected = Math.Min(learningRate, Math.Sqrt(Kappa / gradient.square().sum().ToDouble()));
        Assert.True(step.sub(gradient.mul(expected)).abs().max().ToDouble() < 1e-12);
    }

    [Fact]
    public void Schedulers_shrink_the_constrained_step_too()
    {
        using var layer = nn.Linear(3, 1, false);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions { FactorRate = 0 }, 1, momentum: 0, normConstraint: 1e-6);
        var schedule = optim.lr_scheduler.StepLR(optimizer, 1, 0.5);

        double Move()
        {
            using var before = layer.weight.detach().clone();
            optimizer.zero_grad();
            layer.call(ones(4, 3)).mean().backward();
            optimizer.step();
            schedule.step();
            return before.sub(layer.weight.detach()).norm().ToDouble();
        }

        Assert.Equal(0.5, 1 / (Move() / Move()), 1e-3);
    }

    [Fact]
    public void Zero_gradient_under_a_norm_constraint_changes_nothing()
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions(), 1, normConstraint: 1e-3);
        using var before = layer.weight.detach().clone();
        layer.call(ones(4, 3)).mul(0).sum().backward();

        optimizer.step();

        Assert.True(allclose(before, layer.weight.detach()));
    }
}
