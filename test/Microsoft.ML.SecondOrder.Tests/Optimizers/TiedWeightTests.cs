using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

/// <summary>One weight that several modules, or several calls of one, have in common. The oracle is one module on all positions at once.</summary>
public sealed class TiedWeightTests : IDisposable
{
    private const double Rounding = 1e-11;
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<PreconditionerOptions> Methods =>
    [
        new SingdOptions { UpdateInterval = 1, FactorRate = 0.1 },
        new SingdOptions { UpdateInterval = 2, FactorRate = 0.1, Fisher = FisherKind.Sampled },
        new SingdOptions { FactorRate = 0.1, LossAverage = LossAverage.BatchAndPositions },
        new KfacOptions { Fisher = FisherKind.Exact },
    ];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(Methods))]
    public void Two_modules_with_one_weight_train_like_one_module_on_both_positions(PreconditionerOptions options)
    {
        var (first, second, whole) = (Dense(), Dense(), Dense());
        (second.weight, second.bias) = (first.weight, first.bias);

        Equal(
            Train(new OnPositions(x => [first.call(x.select(1, 0)), second.call(x.select(1, 1))], first, second), options),
            Train(new OnPositions(x => Both(whole.call(x)), whole), options));
    }

    [Theory, MemberData(nameof(Methods))]
    public void A_module_called_twice_trains_like_one_on_both_positions(PreconditionerOptions options)
    {
        var (twice, whole) = (Dense(), Dense());

        Equal(
            Train(new OnPositions(x => [twice.call(x.select(1, 0)), twice.call(x.select(1, 1))], twice), options),
            Train(new OnPositions(x => Both(whole.call(x)), whole), options));
    }

    [Theory, MemberData(nameof(Methods))]
    public void Two_convolutions_with_one_weight_train_like_one_on_a_longer_image(PreconditionerOptions options)
    {
        // Patches of 2 x 2 that do not overlap: two images of one patch, or one of two.
        var (first, second, whole) = (Patches(1), Patches(1), Patches(2));
        (second.weight, second.bias) = (first.weight, first.bias);
        static Tensor Image(Tensor patch) => patch.reshape(-1, 1, 2, 2);

        Equal(
            Train(new OnPositions(x => [first.call(Image(x.select(1, 0))).flatten(1), second.call(Image(x.select(1, 1))).flatten(1)], first, second), options),
            Train(new OnPositions(x => Both(whole.call(x.reshape(-1, 1, 4, 2)).flatten(2).transpose(1, 2)), whole), options));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_of_a_module_without_the_bias_do_not_count_for_it(bool firstHasBias)
    {
        // Wide enough that rows are taken. The bias belongs to one of the two modules only.
        var (rows, whole) = (Steps(true), Steps(false));

        Equal(rows, whole);

        List<Tensor> Steps(bool usesRows)
        {
            var (first, second) = (nn.Linear(40, 50, firstHasBias, dtype: float64), nn.Linear(40, 50, !firstHasBias, dtype: float64));
            second.weight = first.weight;
            using var network = new OnPositions(x => [first.call(x), second.call(x.sin())], first, second);
            SetNumbers(network);
            using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { UpdateInterval = 1 }, 0.01) { UsesRows = usesRows };
            Assert.Equal(41, Assert.Single(optimizer.Layers).Preconditioner.Shape.Inputs);
            Assert.DoesNotContain("AdamW", optimizer.Summary());
            for (var step = 0; step < 3; step++)
            {
                using var x = Numbers(step, 4, 40);
                optimizer.zero_grad();
                network.call(x).square().sum(dim: 1L).mean().backward();
                optimizer.step();
            }

            return [first.weight.detach().clone(), (first.bias ?? second.bias)!.detach().clone()];
        }
    }

    [Fact]
    public void Weight_of_two_layers_is_stepped_once_by_the_gradient_of_both()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 3)), ("t", nn.Tanh()), ("b", nn.Linear(3, 3)));
        var (first, second) = (Layer(network, "a"), Layer(network, "b"));
        second.weight = first.weight;
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { FactorRate = 0 }, 0.1, momentum: 0);
        using var before = first.weight.detach().clone();
        network.call(randn(4, 3)).square().sum().backward();

        optimizer.step();

        // K = C = I and no momentum: the step is the gradient, once. The second bias is no part of the first layer.
        var step = before.sub(first.weight.detach());
        Assert.True(allclose(step, first.weight.grad!.mul(0.1), 1e-5, 1e-7));
        Assert.Contains("b: has the weight of a, which is trained there, with the curvature of both", optimizer.Summary());
        Assert.Contains("b.bias: AdamW", optimizer.Summary());
        Assert.DoesNotContain("a.bias: AdamW", optimizer.Summary());
    }

    [Fact]
    public void Weight_of_an_embedding_and_a_layer_is_stepped_once()
    {
        // Embedding.weight is another object at every reading; the parameter behind it is the layer's.
        using var network = new WordModel();
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { FactorRate = 0 }, 0.1, momentum: 0);
        using var before = network.Output.weight.detach().clone();
        network.call(tensor(new long[] { 0, 2, 2, 5 })).square().sum().backward();

        optimizer.step();

        Assert.True(allclose(before.sub(network.Output.weight.detach()), network.Output.weight.grad!.mul(0.1), 1e-5, 1e-7));
        Assert.DoesNotContain("AdamW", optimizer.Summary());
    }

    [Fact]
    public void A_module_that_was_not_called_changes_nothing()
    {
        var (first, second) = (Dense(), Dense());
        (second.weight, second.bias) = (first.weight, first.bias);
        var single = Dense();
        var options = new SingdOptions { FactorRate = 0.1 };

        Equal(
            Train(new OnPositions(x => [second.call(x.select(1, 0))], first, second), options),
            Train(new OnPositions(x => [single.call(x.select(1, 0))], single), options));
    }

    [Fact]
    public void Weights_that_parted_when_the_model_was_moved_are_an_error_that_tells_the_way_out()
    {
        // TorchSharp moves an embedding and a dense layer one by one.
        using var network = new WordModel();
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions());
        optimizer.to(CPU);
        network.Output.weight = new Parameter(network.Output.weight.detach().clone());

        var error = Assert.Throws<InvalidOperationException>(() => optimizer.to(CPU));

        Assert.Contains("'output.weight'", error.Message);
        Assert.Contains("Assign", error.Message);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var network = nn.Sequential(("a", nn.Linear(3, 3)), ("t", nn.Tanh()), ("b", nn.Linear(3, 3)));
        Layer(network, "b").weight = Layer(network, "a").weight;
        using var optimizer = new SecondOrderOptimizer(network, new SingdOptions { UpdateInterval = 2 });
        using var x = ones(4, 3);

        Support.Leak.None(() =>
        {
            for (var step = 0; step < 2; step++)
            {
                using var scope = NewDisposeScope();
                network.call(x).square().sum().backward();
                optimizer.step();
            }
        });
    }

    private static Linear Layer(nn.Module network, string name) => (Linear)network.named_modules().Single(m => m.name == name).module;

    private static Linear Dense() => nn.Linear(4, 3, dtype: float64);

    private static Conv2d Patches(long stride) => nn.Conv2d(1, 3, 2, stride, dtype: float64);

    private static List<Tensor> Both(Tensor positions) => [positions.select(1, 0), positions.select(1, 1)];

    /// <summary>Weight and bias of the first module after five steps.</summary>
    private static List<Tensor> Train(nn.Module<Tensor, Tensor> network, PreconditionerOptions options)
    {
        using var owned = network;
        SetNumbers(network);
        using var optimizer = new SecondOrderOptimizer(network, options, 0.1, normConstraint: 0.1);
        Assert.Single(optimizer.Layers);
        for (var step = 0; step < 5; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var outputs = network.call(Numbers(step, 6, 2, 4));
            optimizer.ObserveCurvature(outputs, new GaussianLikelihood());
            new GaussianLikelihood().Loss(outputs, Numbers(step + 9, 6, 3)).backward();
            optimizer.step();
        }

        return [.. network.parameters().Take(2).Select(p => p.detach().clone())];
    }

    private static void SetNumbers(nn.Module network)
    {
        using var gradMode = no_grad();
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(Numbers(parameter.numel(), parameter.shape).mul(0.3));
        }
    }

    private static Tensor Numbers(long seed, params long[] shape) =>
        arange(shape.Aggregate((a, b) => a * b), dtype: float64).add(seed).square().mul(0.37).sin().reshape(shape);

    private static void Equal(List<Tensor> expected, List<Tensor> actual) => Assert.All(
        expected.Zip(actual), p => Assert.True(p.First.sub(p.Second).abs().max().ToDouble() < Rounding, $"{p.First.sub(p.Second).abs().max().ToDouble()}"));

    /// <summary>The sum of the squares of a shared layer's outputs at several positions.</summary>
    private sealed class OnPositions : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, List<Tensor>> _outputs;

        public OnPositions(Func<Tensor, List<Tensor>> outputs, params nn.Module<Tensor, Tensor>[] layers)
            : base(nameof(OnPositions))
        {
            _outputs = outputs;
            for (var i = 0; i < layers.Length; i++)
            {
                register_module($"layer{i}", layers[i]);
            }
        }

        public override Tensor forward(Tensor input) => _outputs(input).Select(o => o.sin()).Aggregate((a, b) => a.add(b));
    }

    private sealed class WordModel : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding _words = nn.Embedding(7, 4);

        public WordModel()
            : base(nameof(WordModel))
        {
            register_module("words", _words);
            register_module("output", Output);
            Output.weight = _words.weight!;
        }

        public Linear Output { get; } = nn.Linear(4, 7, false);

        public override Tensor forward(Tensor input) => Output.call(_words.call(input));
    }
}
