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
    [InlineData(null)]
    [InlineData(1e-3)]
    public void Few_rows_and_the_whole_gradient_give_the_same_step(double? normConstraint)
    {
        var (rows, whole) = (Train(true), Train(false));

        foreach (var (a, b) in rows.Zip(whole))
        {
            Assert.True(allclose(a, b, 1e-10, 1e-12));
        }

        List<Tensor> Train(bool usesRows)
        {
            using var network = Wide();
            using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { UpdateInterval = 2 }, 0.1, weightDecay: 0.01, normConstraint: normConstraint);
            for (var i = 0; i < 5; i++)
            {
                optimizer.zero_grad();
                network.call(Batch(i, 4)).square().sum(dim: 1L).mean().mul(4.0 / 7).backward();
                network.call(Batch(i + 10, 3)).sin().sum(dim: 1L).mean().mul(3.0 / 7).backward();
                optimizer.UsesRows = usesRows;
                optimizer.step();
            }

            return [.. network.parameters().Select(p => p.detach().clone())];
        }
    }

    [Fact]
    public void Gradients_changed_before_the_step_are_taken_as_they_are()
    {
        using var plain = Wide();
        using var clipped = Wide();
        var (before, first, second) = (First(plain).detach().clone(), StepWith(plain, 1), StepWith(clipped, 0.5));

        // K = C = I and no momentum: the step is the gradient, halved.
        Assert.True(allclose(first.sub(before).mul(0.5), second.sub(before), 1e-9, 1e-12));

        static Tensor StepWith(nn.Module<Tensor, Tensor> network, double factor)
        {
            using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { FactorRate = 0 }, 0.1, momentum: 0);
            network.call(Batch(1, 4)).square().sum().backward();
            foreach (var parameter in network.parameters())
            {
                parameter.grad!.mul_(factor);
            }

            optimizer.step();
            return First(network).detach().clone();
        }

        static Tensor First(nn.Module network) => network.parameters().First();
    }

    [Theory]
    [InlineData(true, 0.5)]
    [InlineData(false, 1)]
    public void Gradients_are_taken_on_trust_where_the_user_says_so(bool checks, double expected)
    {
        using var network = Wide();
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { FactorRate = 0 }, 0.1, momentum: 0) { ChecksGradients = checks };
        var weight = network.parameters().First();
        using var before = weight.detach().clone();
        network.call(Batch(1, 4)).square().sum().backward();
        using var gradient = weight.grad!.clone();
        weight.grad!.mul_(0.5); // against the promise, which shows that nobody looked

        optimizer.step();

        Assert.True(allclose(gradient.mul(-0.1 * expected), weight.detach().sub(before), 1e-9, 1e-12));
    }

    [Fact]
    public void Bad_settings_are_refused_with_the_value_and_the_way_out()
    {
        using var layer = nn.Linear(3, 1);
        using var activation = nn.ReLU();

        Assert.Contains("-1", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions(), learningRate: -1)));
        Assert.Contains("[0, 1)", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions(), momentum: 1)));
        Assert.Contains("null for none", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions(), normConstraint: 0)));
        Assert.Contains("Damping", Refused(() => new SecondOrderOptimizer(layer, new SingdOptions { Damping = double.NaN })));
        Assert.Contains("no dense or convolutional layer", Refused(() => new SecondOrderOptimizer(activation, new SingdOptions())));
        Assert.Contains("'other'", Refused(() => new SecondOrderOptimizer(layer, [new LayerGroup(new SingdOptions()) { Layers = ["other"] }])));
        Assert.Contains("constructor", Assert.Throws<NotSupportedException>(() =>
        {
            using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions());
            optimizer.add_param_group(new ParamGroup());
        }).Message);

        static string Refused(Func<object> create) => Assert.Throws<ArgumentException>(create).Message;
    }

    [Fact]
    public void A_refused_optimizer_leaves_the_model_as_it_was()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 1)));
        var groups = new[] { new LayerGroup(new SingdOptions()) { Layers = ["a"] }, new LayerGroup(new SingdOptions()) { Layers = ["no such layer"] } };

        Support.Leak.None(() =>
        {
            Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(network, groups));
            using var x = ones(4, 3);
            network.call(x).Dispose();
        });
    }

    [Fact]
    public void Bad_settings_of_the_fallback_and_a_missing_method_are_refused()
    {
        using var layer = nn.Linear(3, 1);

        var fallback = Assert.Throws<ArgumentException>(
            () => new SecondOrderOptimizer(layer, [new LayerGroup(new SingdOptions())], fallback: new LayerGroup(new AdamWOptions { Beta2 = 1, Epsilon = 0 }))).Message;
        var method = Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(layer, (PreconditionerOptions)null!)).Message;

        Assert.Contains("Beta2 must lie in [0, 1), but is 1", fallback);
        Assert.Contains("Epsilon", fallback);
        Assert.Contains("new KfacOptions()", method);
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

    /// <summary>Wide enough for the batches below that rows are cheaper than gradients.</summary>
    private static nn.Module<Tensor, Tensor> Wide()
    {
        var network = nn.Sequential(("a", nn.Linear(40, 50)), ("t", nn.Tanh()), ("b", nn.Linear(50, 30)));
        network.to(float64);
        using var gradMode = no_grad();
        var random = new Random(3);
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(tensor(Enumerable.Range(0, (int)parameter.numel()).Select(_ => random.NextDouble() - 0.5).ToArray()).reshape(parameter.shape));
        }

        return network;
    }

    private static Tensor Batch(int seed, int rows)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, rows * 40).Select(_ => random.NextDouble() - 0.5).ToArray()).reshape(rows, 40);
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
