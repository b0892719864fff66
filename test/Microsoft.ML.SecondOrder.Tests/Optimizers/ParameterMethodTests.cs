using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

/// <summary>Methods that work from the gradients of parameters alone, inside the optimizer.</summary>
public sealed class ParameterMethodTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Every_parameter_is_served_whatever_its_layer()
    {
        using var network = nn.Sequential(("a", nn.Conv2d(1, 2, 3)), ("norm", nn.BatchNorm2d(2)), ("f", nn.Flatten()), ("b", nn.Linear(8, 1)));
        using var optimizer = new SecondOrderOptimizer(network, new RootFreeRmsPropOptions());

        Assert.Equal(network.named_parameters().Select(p => p.name), optimizer.Parts.Select(p => p.Name));
        Assert.Empty(optimizer.Layers);
        Assert.Contains("norm.weight: RF-RMSProp, 8 bytes of state", optimizer.Summary());
        Assert.Equal(6, optimizer.parameters().Count());
    }

    [Fact]
    public void A_model_without_layers_is_served_too()
    {
        using var model = new Affine();
        using var optimizer = new SecondOrderOptimizer(model, new RootFreeRmsPropOptions(), 0.1);
        var before = Loss(model, optimizer);

        for (var step = 0; step < 100; step++)
        {
            Loss(model, optimizer);
        }

        Assert.True(Loss(model, optimizer) < 0.1 * before);
        Assert.Contains("new RootFreeAdamWOptions()", Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(model, new SingdOptions())).Message);

        static double Loss(Affine model, SecondOrderOptimizer optimizer)
        {
            optimizer.zero_grad();
            var x = arange(6, dtype: float32);
            var loss = model.call(x).sub(x.mul(2).add(1)).square().mean();
            loss.backward();
            optimizer.step();
            return loss.ToDouble();
        }
    }

    [Fact]
    public void Groups_of_layers_and_of_parameters_share_a_model()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)), ("b", nn.Linear(4, 1)), ("c", nn.Linear(1, 1)));
        using var optimizer = new SecondOrderOptimizer(
            network,
            [
                new LayerGroup(new SingdOptions()) { Layers = ["a"] },
                new LayerGroup(new RmsPropOptions()) { Layers = ["norm.bias", "b"] },
            ]);

        Assert.Equal(["a", "norm.bias", "b.weight", "b.bias", "norm.weight"], optimizer.Parts.Select(p => p.Name));
        Assert.Equal(
            """
            a: SINGD, K Dense [4], C Dense [4], 128 bytes of state
            norm.bias: RMSProp, 16 bytes of state
            b.weight: RMSProp, 16 bytes of state
            b.bias: RMSProp, 4 bytes of state
            norm.weight: AdamW, for want of a layer rule, 40 bytes of state
            c: in no group, not trained

            """,
            optimizer.Summary(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_layer_of_which_one_parameter_is_taken_is_no_layer_for_others()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("b", nn.Linear(4, 1)));
        using var optimizer = new SecondOrderOptimizer(
            network, [new LayerGroup(new SingdOptions()), new LayerGroup(new RmsPropOptions()) { Layers = ["b.bias"] }]);

        Assert.Equal(["a"], optimizer.Layers.Select(l => l.Name));
        Assert.Equal(["b.bias", "a", "b.weight"], optimizer.Parts.Select(p => p.Name)); // the weight falls to the fallback
    }

    [Fact]
    public void Names_that_stand_for_nothing_are_refused()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("b", nn.Linear(4, 1)));

        var strange = Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(network, [new LayerGroup(new RmsPropOptions()) { Layers = ["other"] }])).Message;
        var twice = Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(
            network, [new LayerGroup(new RmsPropOptions()) { Layers = ["a"] }, new LayerGroup(new AdamWOptions()) { Layers = ["a.bias"] }])).Message;
        var fallback = Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(
            network, [new LayerGroup(new SingdOptions())], fallback: new LayerGroup(new SingdOptions()))).Message;

        Assert.Contains("'other'", strange);
        Assert.Contains("a.weight", strange);
        Assert.Contains("'a.bias'", twice);
        Assert.Contains("new AdamWOptions()", fallback);
    }

    [Fact]
    public void Examples_of_all_training_passes_before_a_step_are_counted()
    {
        using var network = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(network, new RootFreeRmsPropOptions { Alpha = 0, StartsAtZero = true });
        var square = optimizer.Parts[1].Preconditioner.State["square"][0]; // of the bias

        network.eval();
        network.call(ones(50, 3));
        network.train();
        using (no_grad())
        {
            network.call(ones(60, 3));
        }

        network.call(ones(4, 3)).mean().backward(); // d mean/d bias = 1
        network.call(ones(3, 3)).mean().mul(0).backward();
        optimizer.step();

        Assert.Equal(7, square.ToDouble());

        optimizer.zero_grad();
        network.call(ones(5, 3)).mean().backward();
        optimizer.step();

        Assert.Equal(5, square.ToDouble());
    }

    [Fact]
    public void Uncounted_examples_are_an_error_that_tells_the_way_out()
    {
        using var network = nn.Linear(3, 1);
        using var optimizer = new SecondOrderOptimizer(network, new RootFreeRmsPropOptions());
        using var told = new SecondOrderOptimizer(network, new RootFreeRmsPropOptions { BatchSize = 4 });
        using var many = new Bilinear();
        network.forward(ones(4, 3)).mean().backward();

        var problem = Assert.Throws<InvalidOperationException>(() => optimizer.step()).Message;
        told.step();

        Assert.Contains("'weight'", problem);
        Assert.Contains("BatchSize of RootFreeRmsPropOptions", problem);
        Assert.Contains("Set the BatchSize", Assert.Throws<ArgumentException>(() => new SecondOrderOptimizer(many, new RootFreeRmsPropOptions())).Message);
        using var fine = new SecondOrderOptimizer(many, new RootFreeRmsPropOptions { BatchSize = 4 });
    }

    [Fact]
    public void Another_method_can_take_the_parameters_without_a_layer_rule()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 4)), ("norm", nn.LayerNorm(4)), ("b", nn.Linear(4, 1)));
        using var optimizer = new SecondOrderOptimizer(
            network, [new LayerGroup(new SingdOptions())], fallback: new LayerGroup(new RootFreeAdamWOptions()) { LearningRate = 0.1 });
        var norm = (LayerNorm)network.named_modules().Single(m => m.name == "norm").module;
        var before = norm.weight!.detach().clone();

        network.call(randn(8, 3)).square().mean().backward();
        optimizer.step();

        Assert.False(allclose(before, norm.weight!.detach()));
        Assert.Contains("norm.weight: RF-AdamW, for want of a layer rule", optimizer.Summary());
    }

    [Fact]
    public void Decay_spares_parameters_of_one_axis_on_request()
    {
        using var network = nn.Linear(2, 1);
        network.to(float64);
        using var optimizer = new SecondOrderOptimizer(
            network, [new LayerGroup(new AdamWOptions()) { LearningRate = 0.5, WeightDecay = 0.5, DecayBiases = false }]);
        var (weight, bias) = (network.weight.detach().clone(), network.bias!.detach().clone());

        network.call(ones(4, 2, float64)).mean().mul(0).backward();
        optimizer.step();

        Assert.True(allclose(weight.mul(0.75), network.weight.detach()));
        Assert.True(allclose(bias, network.bias!.detach()));
    }

    [Fact]
    public void Clipping_leaves_the_curvature_and_shortens_the_direction()
    {
        using var network = nn.Linear(2, 1, false);
        network.to(float64);
        using var optimizer = new SecondOrderOptimizer(network, new RmsPropOptions { Alpha = 0.75, Epsilon = 1 }, 1, momentum: 0) { GradientClipping = 0.5 };
        var before = network.weight.detach().clone();

        network.call(tensor(new double[,] { { 3, 4 } })).sum().backward(); // the gradient is (3, 4), of length 5
        optimizer.step();

        // s = 0.25·g², so that g/(√s + 1) = 3/2.5 and 4/3, of which a tenth is left
        Assert.True(allclose(tensor(new[,] { { 0.12, 4 / 30.0 } }), before.sub(network.weight.detach())));
    }

    [Fact]
    public void A_skipped_step_and_a_scaled_loss_change_nothing()
    {
        var plain = Weights(1, false);
        var scaled = Weights(1024, false);
        var skipped = Weights(1, true);

        Assert.True(allclose(plain, scaled, 1e-12, 1e-12));
        Assert.True(allclose(plain, skipped, 1e-12, 1e-12));

        static Tensor Weights(double scale, bool skips)
        {
            using var network = nn.Linear(3, 2);
            Seeded.Fill(network, 2);
            network.to(float64);
            using var optimizer = new SecondOrderOptimizer(network, new RootFreeAdamWOptions { BiasCorrection = true }, 0.1) { GradientScale = scale };
            for (var step = 0; step < 3; step++)
            {
                optimizer.zero_grad();
                network.call(ones(4, 3, float64)).square().mean().mul(scale).backward();
                optimizer.step();
                if (skips)
                {
                    optimizer.zero_grad();
                    network.call(ones(4, 3, float64)).mul(double.NaN).mean().backward();
                    optimizer.SkipNextStep();
                    optimizer.step();
                }
            }

            return network.weight.detach().clone();
        }
    }

    [Fact]
    public void State_moves_with_the_model()
    {
        using var network = nn.Linear(3, 2);
        using var optimizer = new SecondOrderOptimizer(network, new AdamWOptions());
        network.call(ones(4, 3)).mean().backward();
        optimizer.step();

        network.to(CPU);
        optimizer.to(CPU);
        optimizer.zero_grad();
        network.call(ones(4, 3)).mean().backward();
        optimizer.step();

        Assert.Equal(2, optimizer.Parts[0].Preconditioner.State["steps"][0].ToDouble());
    }

    private sealed class Affine : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter _scale = new(ones(1));
        private readonly Parameter _shift = new(zeros(Array.Empty<long>()));

        public Affine()
            : base("affine")
        {
            register_parameter("scale", _scale);
            register_parameter("shift", _shift);
        }

        public override Tensor forward(Tensor input) => input.mul(_scale).add(_shift);
    }

    private sealed class Bilinear : nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor>
    {
        private readonly Parameter _weight = new(ones(1));

        public Bilinear()
            : base("bilinear") => register_parameter("weight", _weight);

        public override Tensor forward(Tensor a, Tensor b, Tensor c, Tensor d) => a.mul(b).mul(c).mul(d).mul(_weight);
    }
}
