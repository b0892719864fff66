using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

public sealed class SecondOrderOptimizerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Descends_on_a_small_regression()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 8)), ("t", nn.Tanh()), ("b", nn.Linear(8, 1)));
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { UpdateInterval = 1, ScaledStart = true, FactorRate = 0.1, NormalizeFactorStep = true }, 1, normConstraint: 3e-3);
        var x = randn(64, 3);
        var y = x.sin().sum(dim: 1L).unsqueeze(1);

        var losses = Enumerable.Range(0, 300).Select(_ => Step(network, optimizer, x, y)).ToList();

        Assert.True(losses[^1] < 0.05 * losses[0], $"The loss went from {losses[0]} to {losses[^1]}.");
    }

    [Fact]
    public void Model_that_is_itself_a_layer_is_trained()
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions());
        using var before = layer.weight.detach().clone();

        Step(layer, optimizer, ones(4, 3), ones(4, 1));

        Assert.False(allclose(before, layer.weight.detach()));
        Assert.Contains("(the model)", optimizer.Summary());
    }

    [Fact]
    public void Layer_registered_twice_is_trained_once()
    {
        using var network = new RegisteredTwice();
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions());

        Assert.Single(optimizer.Layers);
        Assert.Equal(2, optimizer.parameters().Count());
    }

    [Fact]
    public void Layer_reached_by_forward_is_an_error_that_tells_the_way_out()
    {
        using var network = new CallsForward();
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions());
        network.call(ones(4, 3)).sum().backward();

        var error = Assert.Throws<InvalidOperationException>(() => optimizer.step());

        Assert.Contains("'layer'", error.Message);
        Assert.Contains("call()", error.Message);
    }

    [Fact]
    public void Layer_that_saw_no_backward_pass_is_left_alone()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 1)));
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions(), momentum: 0);
        var unused = (Linear)network.named_modules().Single(m => m.name == "b").module;
        using var before = unused.weight.detach().clone();
        var used = (Linear)network.named_modules().Single(m => m.name == "a").module;

        used.call(ones(4, 3)).sum().backward();
        optimizer.step();

        Assert.True(allclose(before, unused.weight.detach()));
    }

    [Fact]
    public void Parameters_without_a_rule_are_trained_by_the_fallback_and_listed()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)), ("b", nn.Linear(4, 1)));
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions());
        var norm = (LayerNorm)network.named_modules().Single(m => m.name == "norm").module;
        using var before = norm.weight!.detach().clone();

        Step(network, optimizer, randn(8, 3), randn(8, 1));

        Assert.False(allclose(before, norm.weight!.detach()));
        Assert.Contains("norm.weight: AdamW", optimizer.Summary());
    }

    [Fact]
    public void Fallback_makes_the_steps_of_AdamW()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)));
        using var twin = nn.LayerNorm(4);
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions(), learningRate: 0);
        using var adam = optim.AdamW(twin.parameters(), 1e-3, weight_decay: 0);
        var norm = (LayerNorm)network.named_modules().Single(m => m.name == "norm").module;
        var layer = (Linear)network.named_modules().Single(m => m.name == "a").module;
        for (var i = 0; i < 5; i++)
        {
            var x = randn(6, 3);
            optimizer.zero_grad();
            adam.zero_grad();
            network.call(x).square().sum(dim: 1L).mul(x.select(1, 0)).sum().backward();
            twin.call(layer.call(x).detach()).square().sum(dim: 1L).mul(x.select(1, 0)).sum().backward();

            optimizer.step();
            adam.step();
        }

        Assert.True(allclose(twin.weight!, norm.weight!, 1e-6, 1e-7));
        Assert.True(allclose(twin.bias!, norm.bias!, 1e-6, 1e-7));
    }

    [Fact]
    public void Momentum_can_be_cycled_by_a_scheduler()
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions(), 0.1);

        _ = optim.lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps: 10);

        Assert.NotEqual(0.1, optimizer.ParamGroups.Single().LearningRate);
    }

    [Fact]
    public void A_closure_is_evaluated_once_with_gradients()
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions());
        var calls = 0;

        var loss = optimizer.step(() =>
        {
            calls++;
            var value = layer.call(ones(4, 3)).sum();
            value.backward();
            return value;
        });

        Assert.Equal(1, calls);
        Assert.False(loss.IsInvalid);
    }

    [Fact]
    public void A_skipped_step_changes_nothing_but_the_count()
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions());
        using var before = layer.weight.detach().clone();
        layer.call(ones(4, 3)).sum().backward();

        optimizer.SkipNextStep();
        optimizer.step();

        Assert.True(allclose(before, layer.weight.detach()));
        Assert.Equal(1, optimizer.Steps);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Steps_leave_no_tensor_behind(int interval)
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)), ("b", nn.Linear(4, 1)));
        using var optimizer = new SecondOrderOptimizer(
            network, new SingdOptions { UpdateInterval = interval, Outputs = MatrixPattern.Diagonal }, 0.01, weightDecay: 0.1, normConstraint: 1e-3);
        using var x = randn(8, 3);
        using var y = randn(8, 1);
        Step(network, optimizer, x, y);

        Support.Leak.None(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                Step(network, optimizer, x, y);
            }
        });
    }

    [Fact]
    public void A_disposed_optimizer_leaves_no_tensor_and_no_hook_behind()
    {
        using var layer = nn.Linear(3, 1);
        using var x = ones(4, 3);
        using var y = ones(4, 1);

        Support.Leak.None(() =>
        {
            var optimizer = new SecondOrderOptimizer(layer, new SingdOptions());
            Step(layer, optimizer, x, y);
            using (NewDisposeScope())
            {
                layer.call(x); // begun, never finished
            }

            optimizer.Dispose();
            layer.call(x).Dispose();
        });
    }

    private static double Step(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var loss = nn.functional.mse_loss(network.call(x), y);
        loss.backward();
        optimizer.step();
        return loss.ToDouble();
    }

    private sealed class RegisteredTwice : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _layer = nn.Linear(3, 1);

        public RegisteredTwice()
            : base("twice")
        {
            register_module("layer", _layer);
            register_module("again", _layer);
        }

        public override Tensor forward(Tensor input) => _layer.call(input);
    }

    private sealed class CallsForward : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _layer = nn.Linear(3, 1);

        public CallsForward()
            : base("forward") => register_module("layer", _layer);

        public override Tensor forward(Tensor input) => _layer.forward(input);
    }
}
