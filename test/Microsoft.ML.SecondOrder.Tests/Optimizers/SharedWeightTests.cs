using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

/// <summary>Weights that are frozen, or that act more than once.</summary>
public sealed class SharedWeightTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Frozen_bias_stays_and_has_no_column_in_the_factor()
    {
        using var layer = nn.Linear(3, 2);
        layer.bias!.requires_grad = false;
        var (weight, bias) = (layer.weight.detach().clone(), layer.bias.detach().clone());
        using var optimizer = new SecondOrderOptimizer(layer, new SingdOptions(), 0.1);

        Step(layer, optimizer);

        Assert.Equal(3, Assert.Single(optimizer.Layers).Preconditioner.Shape.Inputs);
        Assert.True(allclose(layer.bias.detach(), bias, 0, 0));
        Assert.False(allclose(layer.weight.detach(), weight, 0, 0));
    }

    [Fact]
    public void Frozen_weight_stays_while_its_bias_is_trained()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 3)), ("b", nn.Linear(3, 2)));
        var frozen = (Linear)network.named_modules().Single(m => m.name == "a").module;
        frozen.weight.requires_grad = false;
        var (weight, bias) = (frozen.weight.detach().clone(), frozen.bias!.detach().clone());
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions(), 0.1);

        Step(network, optimizer);

        Assert.True(allclose(frozen.weight.detach(), weight, 0, 0));
        Assert.False(allclose(frozen.bias.detach(), bias, 0, 0));
        Assert.Contains("a.bias", optimizer.Summary());
    }

    [Fact]
    public void Module_used_twice_is_moved_once_by_the_sum_of_its_gradients()
    {
        using var network = new Twice();
        var before = network.Layer.weight.detach().clone();
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { FactorRate = 0 }, 0.1, momentum: 0);

        network.call(ones(4, 3)).square().mean().backward();
        var gradient = network.Layer.weight.grad!.clone();
        optimizer.step();

        // K = C = I: a step is the gradient.
        Assert.True(allclose(before.sub(gradient.mul(0.1)), network.Layer.weight.detach()));
    }

    [Fact]
    public void Summary_notes_the_updates_that_a_layer_had_no_backward_pass_for()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 1)));
        var used = (Linear)network.named_modules().Single(m => m.name == "a").module;
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { UpdateInterval = 2 });

        for (var step = 0; step < 3; step++)
        {
            used.call(ones(4, 3)).square().mean().backward(); // steps 0 and 2 update, without layer b
            optimizer.step();
        }

        var lines = optimizer.Summary().Split('\n');
        Assert.DoesNotContain("skipped", lines.Single(l => l.StartsWith("a:", StringComparison.Ordinal)));
        Assert.Contains("2 updates skipped for want of a backward pass", lines.Single(l => l.StartsWith("b:", StringComparison.Ordinal)));
    }

    private static void Step(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer)
    {
        network.call(ones(4, 3)).square().mean().backward();
        optimizer.step();
    }

    private sealed class Twice : nn.Module<Tensor, Tensor>
    {
        public Twice()
            : base(nameof(Twice))
        {
            Layer = nn.Linear(3, 3);
            RegisterComponents();
            register_module("layer", Layer);
        }

        public Linear Layer { get; }

        public override Tensor forward(Tensor input) => Layer.call(Layer.call(input).tanh());
    }
}
