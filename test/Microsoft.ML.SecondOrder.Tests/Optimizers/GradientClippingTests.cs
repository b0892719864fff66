using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

/// <summary>What <see cref="SecondOrderOptimizer.GradientClipping"/> scales, and what it leaves alone.</summary>
public sealed class GradientClippingTests : IDisposable
{
    private const double Rounding = 1e-12;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_longer_gradient_is_preconditioned_as_if_it_were_as_long_as_the_bound(bool usesRows)
    {
        using var network = Wide();
        using var twin = Wide();
        using var optimizer = Optimizer(network, new SingdOptions(), usesRows);
        using var free = Optimizer(twin, new SingdOptions(), usesRows);
        var before = Copies(network);

        Backward(network);
        Backward(twin);
        optimizer.GradientClipping = 0.25 * Length(network);
        optimizer.step();
        free.step();

        // The factors are those of the whole gradient, and the step is a quarter of the free one.
        Assert.All(optimizer.Layers.Zip(free.Layers), l => Assert.All(
            Matrices(l.First).Zip(Matrices(l.Second)), m => Assert.True(allclose(m.First, m.Second, 0, Rounding))));
        Assert.All(Copies(network).Zip(Copies(twin), before), p => Close(p.Second.sub(p.Third).mul(0.25), p.First.sub(p.Third)));
    }

    [Fact]
    public void A_shorter_gradient_is_left_as_it_is()
    {
        using var network = Wide();
        using var twin = Wide();
        using var optimizer = Optimizer(network, new SingdOptions());
        using var free = Optimizer(twin, new SingdOptions());

        Backward(network);
        Backward(twin);
        optimizer.GradientClipping = 1.01 * Length(network);
        optimizer.step();
        free.step();

        Assert.All(Copies(network).Zip(Copies(twin)), p => Close(p.First, p.Second));
    }

    [Fact]
    public void Clipped_by_hand_or_by_the_optimizer_gives_the_same_steps()
    {
        using var network = Wide();
        using var twin = Wide();
        using var optimizer = Optimizer(network, new SingdOptions { UpdateInterval = 2 });
        using var byHand = Optimizer(twin, new SingdOptions { UpdateInterval = 2 });
        optimizer.GradientClipping = 0.05;
        for (var step = 0; step < 4; step++)
        {
            optimizer.zero_grad();
            byHand.zero_grad();
            Backward(network, step);
            Backward(twin, step);
            var factor = Math.Min(1, 0.05 / Length(twin));
            foreach (var parameter in twin.parameters())
            {
                parameter.grad!.mul_(factor);
            }

            optimizer.step();
            byHand.step();
        }

        Assert.All(Copies(network).Zip(Copies(twin)), p => Assert.True(allclose(p.First, p.Second, 1e-10, Rounding)));
    }

    /// <summary>Neither, clipping, the norm constraint, or both with one or the other stricter.</summary>
    [Theory]
    [InlineData(null, null)]
    [InlineData(0.3, null)]
    [InlineData(null, 0.2)]
    [InlineData(0.3, 0.2)]
    [InlineData(0.3, 0.6)]
    public void The_stricter_of_clipping_and_norm_constraint_holds_and_decay_is_not_clipped(double? clip, double? constraint)
    {
        const double rate = 2;
        const double decay = 0.1;
        using var layer = nn.Linear(3, 2, false);
        layer.to(float64);
        layer.call(ones(new long[] { 4, 3 }, float64)).sin().sum().backward();
        var (gradient, weight) = (layer.weight.grad!.clone(), layer.weight.detach().clone());
        var length = gradient.norm().ToDouble();

        // K = C = I: the direction is the gradient, and √(κ / |⟨U, G⟩|) = b for κ = (b ‖G‖)².
        using var optimizer = new SecondOrderOptimizer(
            layer, new SingdOptions { FactorRate = 0 }, rate, momentum: 0, weightDecay: decay, normConstraint: constraint is { } b ? Math.Pow(b * rate * length, 2) : null)
        {
            GradientClipping = clip * length,
        };
        optimizer.zero_grad();
        layer.call(ones(new long[] { 4, 3 }, float64)).sin().sum().backward();
        optimizer.step();

        var (c, bound) = (clip ?? 1, constraint ?? double.PositiveInfinity);
        var expected = weight.sub(gradient.mul(Math.Min(c, bound)).add(weight.mul(decay * Math.Min(1, bound / c))).mul(rate));
        Close(expected, layer.weight.detach());
    }

    [Fact]
    public void Scale_of_the_loss_does_not_count()
    {
        using var network = Wide();
        using var twin = Wide();
        using var optimizer = Optimizer(network, new SingdOptions());
        using var scaled = Optimizer(twin, new SingdOptions());
        (optimizer.GradientClipping, scaled.GradientClipping, scaled.GradientScale) = (0.05, 0.05, 1024);

        Backward(network);
        Backward(twin, 0, 1024);
        optimizer.step();
        scaled.step();

        Assert.All(Copies(network).Zip(Copies(twin)), p => Close(p.First, p.Second));
    }

    [Fact]
    public void Parameters_without_a_rule_count_and_are_clipped_too()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)));
        using var twin = nn.Sequential(("a", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)));
        network.to(float64);
        twin.to(float64);
        twin.load_state_dict(network.state_dict());
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions(), learningRate: 0) { GradientClipping = 0.5 };
        using var adam = optim.AdamW(twin.parameters(), 1e-3, weight_decay: 0);
        for (var step = 0; step < 3; step++)
        {
            var x = randn(new long[] { 6, 3 }, float64).mul(step + 1);
            optimizer.zero_grad();
            adam.zero_grad();
            network.call(x).pow(3).sum().backward();
            twin.call(x).pow(3).sum().backward();
            nn.utils.clip_grad_norm_(twin.parameters(), 0.5);
            foreach (var parameter in Named(twin, "a").parameters())
            {
                parameter.grad!.zero_(); // the layer stays as it is, as in the other network
            }

            optimizer.step();
            adam.step();
        }

        Assert.All(
            Named(network, "norm").parameters().Zip(Named(twin, "norm").parameters()),
            p => Assert.True(allclose(p.First.detach(), p.Second.detach(), 1e-8, 1e-10)));
    }

    [Fact]
    public void Zero_gradients_stay_zero()
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions()) { GradientClipping = 1 };
        var before = layer.weight.detach().clone();
        layer.call(ones(4, 3)).mul(0).sum().backward();

        optimizer.step();

        Assert.True(allclose(before, layer.weight.detach(), 0, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_bound_that_is_none_is_refused_with_the_way_out(double bound)
    {
        using var layer = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions()) { GradientClipping = 1 };

        Assert.Contains("null is for none", Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.GradientClipping = bound).Message);
        Assert.Equal(1, optimizer.GradientClipping);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_clipped_step_leaves_no_tensor_behind(bool usesRows)
    {
        using var network = Wide();
        using var optimizer = Optimizer(network, new SingdOptions(), usesRows);
        optimizer.GradientClipping = 0.01;

        Support.Leak.None(() =>
        {
            optimizer.zero_grad();
            Backward(network);
            optimizer.step();
        });
    }

    private static SecondOrderOptimizer Optimizer(nn.Module network, SingdOptions options, bool usesRows = true) =>
        new(network, options, 0.1, momentum: 0) { UsesRows = usesRows };

    private static void Backward(nn.Module<Tensor, Tensor> network, int seed = 0, double scale = 1)
    {
        using var scope = NewDisposeScope();
        var x = arange(4 * 40, dtype: float64).add(seed).square().mul(0.37).sin().reshape(4, 40);
        network.call(x).square().sum(dim: 1L).mean().mul(scale).backward();
    }

    /// <summary>Wide enough that four rows are cheaper than gradients.</summary>
    private static nn.Module<Tensor, Tensor> Wide()
    {
        var network = nn.Sequential(("a", nn.Linear(40, 50)), ("t", nn.Tanh()), ("b", nn.Linear(50, 30)));
        network.to(float64);
        using var gradMode = no_grad();
        foreach (var (parameter, i) in network.parameters().Select((p, i) => (p, i)))
        {
            using var scope = NewDisposeScope();
            parameter.copy_(arange(parameter.numel(), dtype: float64).add(i).square().mul(0.7).sin().mul(0.3).reshape(parameter.shape));
        }

        return network;
    }

    private static double Length(nn.Module network) => Math.Sqrt(network.parameters().Sum(p => p.grad!.square().sum().ToDouble()));

    private static List<Tensor> Copies(nn.Module network) => [.. network.parameters().Select(p => p.detach().clone())];

    private static IEnumerable<Tensor> Matrices(OptimizedLayer layer) => layer.Preconditioner.State.Values.SelectMany(t => t);

    private static nn.Module Named(nn.Module network, string name) => network.named_modules().Single(m => m.name == name).module;

    private static void Close(Tensor expected, Tensor actual) => Assert.True(expected.sub(actual).abs().max().ToDouble() < Rounding);
}
