using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Networks;

/// <summary>What every network has to do, on data of its kind.</summary>
public sealed class GraphNetworkTests
{
    private const int Rows = 9;

    public static TheoryData<string> Cases => [.. NetworkCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Managed_forward_pass_agrees_with_the_module(string name)
    {
        using var scope = NewDisposeScope();
        var (network, shape, inputs) = NetworkCases.Case(name, Rows);
        using var module = network.Create(shape, new Random(1));
        NetworkCases.Disturb(module);
        module.eval();
        var expected = module.call(tensor(inputs).reshape(Rows, -1)).detach();

        var forward = network.CreateForward(shape, NetworkCases.Weights(module));

        var actual = new float[Rows * shape.Outputs];
        forward.Run(inputs, actual);
        var one = new float[shape.Outputs];
        for (var row = 0; row < Rows; row++)
        {
            forward.Run(inputs.AsSpan(row * shape.Inputs, shape.Inputs), one);
            Assert.Equal(one, actual[(row * shape.Outputs)..((row + 1) * shape.Outputs)]);
            for (var o = 0; o < shape.Outputs; o++)
            {
                Assert.Equal(expected[row, o].ToSingle(), one[o], 1e-5f);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parameters_are_those_of_the_module(string name)
    {
        var (network, shape, _) = NetworkCases.Case(name, Rows);
        using var module = network.Create(shape, new Random(1));

        Assert.Equal(
            module.named_parameters().Select(p => $"{p.name} {string.Join("x", p.parameter.shape)}").Order(),
            network.ParameterShapes(shape).Select(p => $"{p.Name} {string.Join("x", p.Shape)}").Order());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Second_order_training_lowers_the_loss(string name)
    {
        using var scope = NewDisposeScope();
        var (network, shape, inputs) = NetworkCases.Case(name, Rows);
        using var module = network.Create(shape, new Random(1));
        using var optimizer = new SecondOrderOptimizer(module, new KfacOptions { Fisher = FisherKind.Exact, Damping = 1e-2 }, 1, normConstraint: 0.01);
        var x = tensor(inputs).reshape(Rows, -1);
        var y = arange(Rows * shape.Outputs, dtype: float32).mul(0.7).sin().reshape(Rows, -1);
        var losses = Enumerable.Range(0, 30).Select(_ => Step(module, optimizer, x, y)).ToList();

        Assert.True(losses[^1] < 0.5 * losses[0], $"The loss went from {losses[0]} to {losses[^1]}.");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equal_networks_have_equal_descriptions(string name)
    {
        var network = NetworkCases.All[name].Network;
        var copy = network with { };

        Assert.Equal(network, copy);
        Assert.Equal(network.GetHashCode(), copy.GetHashCode());
        Assert.DoesNotContain(NetworkCases.All.Where(n => n.Key != name), n => n.Value.Network.Equals(network));
    }

    [Fact]
    public void Text_without_tokens_and_with_one_have_finite_outputs_that_differ()
    {
        var (network, shape, _) = NetworkCases.Case("text transformer", Rows);
        using var module = network.Create(shape, new Random(1));
        var forward = network.CreateForward(shape, NetworkCases.Weights(module));
        float[] none = new float[2], one = new float[2];
        forward.Run(new float[6], none);
        forward.Run([0, 3, 0, 0, 0, 0], one);

        Assert.All(none.Concat(one), v => Assert.True(float.IsFinite(v)));
        Assert.NotEqual(none, one);
    }

    [Theory]
    [InlineData(11f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void Tokens_outside_the_vocabulary_are_named(float token)
    {
        var (network, shape, _) = NetworkCases.Case("text transformer", Rows);
        using var module = network.Create(shape, new Random(1));
        var forward = network.CreateForward(shape, NetworkCases.Weights(module));

        Assert.Contains("from 0, for none, to 10", Assert.Throws<ArgumentException>(() => forward.Run([1, token, 0, 0, 0, 0], new float[2])).Message);
    }

    [Fact]
    public void Positions_without_a_token_take_no_part()
    {
        var short3 = new NetworkShape(3, 2) { Segments = [new("Tokens", InputKind.Tokens, [3], [11])] };
        var network = Network.TextTransformer(1, 8);
        using var module = network.Create(short3, new Random(1));
        var weights = NetworkCases.Weights(module);
        var long6 = new NetworkShape(6, 2) { Segments = [NetworkCases.Tokens] };
        // The same weights, with positions that no token will ever take.
        var longer = weights.Select(w => w.Name == "positions" ? new NamedWeights(w.Name, [6, 8], [.. w.Values, .. Enumerable.Repeat(7f, 24)]) : w).ToList();
        float[] expected = new float[2], actual = new float[2];
        network.CreateForward(short3, weights).Run([4, 5, 6], expected);
        network.CreateForward(long6, longer).Run([4, 5, 6, 0, 0, 0], actual);

        Assert.Equal(expected[0], actual[0], 1e-5f);
        Assert.Equal(expected[1], actual[1], 1e-5f);
    }

    [Fact]
    public void The_positions_of_a_text_start_louder_than_its_words()
    {
        var shape = new NetworkShape(64, 2) { Segments = [new("Tokens", InputKind.Tokens, [64], [1000])] };
        using var module = Network.TextTransformer(1, 32).Create(shape, new Random(1));
        var weights = NetworkCases.Weights(module);

        double MeanSquare(string name) => weights.First(w => w.Name == name).Values.Average(v => (double)v * v);

        Assert.Equal(1, MeanSquare("positions"), 0.1);
        Assert.Equal(0.01, MeanSquare("tokens.weight"), 0.001);
    }

    [Fact]
    public void Interleaved_and_planar_pixels_give_the_same_outputs()
    {
        var network = Network.Convolutional(4);
        var planar = new NetworkShape(2 * 6 * 6, 2) { Segments = [new("p", InputKind.PlanarImage, [2, 6, 6], [])] };
        var interleaved = planar with { Segments = [new("p", InputKind.InterleavedImage, [6, 6, 2], [])] };
        using var module = network.Create(planar, new Random(1));
        var pixels = Enumerable.Range(0, 72).Select(i => MathF.Sin(i)).ToArray();
        var turned = Enumerable.Range(0, 72).Select(i => pixels[i % 2 * 36 + i / 2]).ToArray();
        float[] expected = new float[2], actual = new float[2];
        network.CreateForward(planar, NetworkCases.Weights(module)).Run(pixels, expected);
        network.CreateForward(interleaved, NetworkCases.Weights(module)).Run(turned, actual);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Summary_lists_layers_with_sizes_parameters_and_multiplications()
    {
        var lines = (Network.Convolutional(4) with { HiddenWidths = [] }).Summary(new NetworkShape(36, 3) { Segments = [new("p", InputKind.PlanarImage, [1, 6, 6], [])] })
            .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

        Assert.Equal(
        [
            "Convolutional(4) with Silu",
            "Layer Kind Output Parameters Multiplications",
            "convolution1 Convolution [4, 6, 6] 40 1,296",
            "output Dense [3] 111 108",
            "Total 151 1,404",
        ], lines);
    }

    [Fact]
    public void What_a_network_cannot_read_is_named()
    {
        var error = Assert.Throws<ArgumentException>(() => Network.WideResNet().Create(new NetworkShape(784, 10), new Random(1)));

        Assert.Contains("WideResNet(16, 4)", error.Message);
        Assert.Contains("Features: Numbers [784]", error.Message);
        Assert.Contains("ImageDimensions", error.Message);
    }

    [Fact]
    public void Impossible_descriptions_are_refused()
    {
        Assert.Contains("10, 16, 22", Assert.Throws<ArgumentOutOfRangeException>(() => Network.WideResNet(depth: 12)).Message);
        Assert.Contains("between 1 and 64", Assert.Throws<ArgumentOutOfRangeException>(() => Network.WideResNet(width: 0)).Message);
        Assert.Contains("odd", Assert.Throws<ArgumentOutOfRangeException>(() => Network.Convolutional(3) with { Kernel = 4 }).Message);
        var shape = new NetworkShape(128, 2) { Segments = [NetworkCases.Image] };
        Assert.Contains("multiple of Heads", Assert.Throws<ArgumentException>(() => (Network.VisionTransformer(4) with { Heads = 3 }).Create(shape, new Random(1))).Message);
        Assert.Contains("divide the height", Assert.Throws<ArgumentException>(() => Network.VisionTransformer(5).Create(shape, new Random(1))).Message);
    }

    private static double Step(nn.Module<Tensor, Tensor> module, SecondOrderOptimizer optimizer, Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var outputs = module.call(x);
        optimizer.ObserveCurvature(outputs, new GaussianLikelihood());
        var loss = new GaussianLikelihood().Loss(outputs, y);
        loss.backward();
        optimizer.step();
        return loss.ToDouble();
    }
}
