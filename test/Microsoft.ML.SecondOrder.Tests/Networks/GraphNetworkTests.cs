using System.Collections.Immutable;
using System.Runtime.InteropServices;
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

    public static TheoryData<string> Cases => [.. Networks.Keys];

    private static InputSegment Image => new("Pixels", InputKind.PlanarImage, [2, 8, 8], []);

    private static InputSegment Tokens => new("Tokens", InputKind.Tokens, [6], [11]);

    private static InputSegment Categories => new("Keys", InputKind.Categories, [2], [3, 5]);

    private static Dictionary<string, (Network Network, ImmutableArray<InputSegment> Inputs)> Networks { get; } = new()
    {
        ["residual"] = (Network.ResidualMlp(16, 2), [InputSegment.Numbers("x", 5)]),
        ["convolutional"] = (Network.Convolutional(4, 6) with { HiddenWidths = [10] }, [Image]),
        ["convolutional, interleaved, relu"] = (
            Network.Convolutional(4) with { Activation = Activation.Relu, Kernel = 5 }, [new("Pixels", InputKind.InterleavedImage, [7, 5, 3], [])]),
        ["wide residual, group norm"] = (Network.WideResNet(10, 1), [Image]),
        ["wide residual, fixup"] = (Network.WideResNet(10, 1) with { Style = ResidualStyle.Fixup }, [Image]),
        ["vision transformer"] = (Network.VisionTransformer(4, 2) with { Width = 12, Heads = 3 }, [Image]),
        ["text transformer"] = (Network.TextTransformer(2, 8), [Tokens]),
        ["mean of tokens"] = (Network.TextTransformer(0, 8), [Tokens]),
        ["columns transformer"] = (Network.FtTransformer(8, 2), [InputSegment.Numbers("x", 3), Categories]),
        ["graph"] = (Network.GraphConvolution(8, 8), [new("Nodes", InputKind.Numbers, [4, 3], []), new("Links", InputKind.Adjacency, [4, 4], [])]),
        ["graph, first node"] = (
            Network.GraphConvolution(8) with { Readout = GraphReadout.FirstNode },
            [new("Links", InputKind.Adjacency, [4, 4], []), new("Nodes", InputKind.Numbers, [4, 3], [])]),
        ["joined"] = (Network.Joined(12) with { PartWidth = 6 }, [InputSegment.Numbers("x", 3), Categories, Tokens, Image]),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Managed_forward_pass_agrees_with_the_module(string name)
    {
        using var scope = NewDisposeScope();
        var (network, shape, inputs) = Case(name);
        using var module = network.Create(shape, new Random(1));
        Disturb(module);
        module.eval();
        var expected = module.call(tensor(inputs).reshape(Rows, -1)).detach();

        var forward = network.CreateForward(shape, Weights(module));

        var actual = new float[shape.Outputs];
        for (var row = 0; row < Rows; row++)
        {
            forward.Run(inputs.AsSpan(row * shape.Inputs, shape.Inputs), actual);
            for (var o = 0; o < shape.Outputs; o++)
            {
                Assert.Equal(expected[row, o].ToSingle(), actual[o], 1e-5f);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parameters_are_those_of_the_module(string name)
    {
        var (network, shape, _) = Case(name);
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
        var (network, shape, inputs) = Case(name);
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
        var network = Networks[name].Network;
        var copy = network with { };

        Assert.Equal(network, copy);
        Assert.Equal(network.GetHashCode(), copy.GetHashCode());
        Assert.DoesNotContain(Networks.Where(n => n.Key != name), n => n.Value.Network.Equals(network));
    }

    [Fact]
    public void Text_without_tokens_and_with_one_have_finite_outputs_that_differ()
    {
        var (network, shape, _) = Case("text transformer");
        using var module = network.Create(shape, new Random(1));
        var forward = network.CreateForward(shape, Weights(module));
        float[] none = new float[2], one = new float[2];
        forward.Run(new float[6], none);
        forward.Run([0, 3, 0, 0, 0, 0], one);

        Assert.All(none.Concat(one), v => Assert.True(float.IsFinite(v)));
        Assert.NotEqual(none, one);
    }

    [Fact]
    public void Positions_without_a_token_take_no_part()
    {
        var short3 = new NetworkShape(3, 2) { Segments = [new("Tokens", InputKind.Tokens, [3], [11])] };
        var network = Network.TextTransformer(1, 8);
        using var module = network.Create(short3, new Random(1));
        var weights = Weights(module);
        var long6 = new NetworkShape(6, 2) { Segments = [Tokens] };
        // The same weights, with positions that no token will ever take.
        var longer = weights.Select(w => w.Name == "positions" ? new NamedWeights(w.Name, [6, 8], [.. w.Values, .. Enumerable.Repeat(7f, 24)]) : w).ToList();
        float[] expected = new float[2], actual = new float[2];
        network.CreateForward(short3, weights).Run([4, 5, 6], expected);
        network.CreateForward(long6, longer).Run([4, 5, 6, 0, 0, 0], actual);

        Assert.Equal(expected[0], actual[0], 1e-5f);
        Assert.Equal(expected[1], actual[1], 1e-5f);
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
        network.CreateForward(planar, Weights(module)).Run(pixels, expected);
        network.CreateForward(interleaved, Weights(module)).Run(turned, actual);

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
        var shape = new NetworkShape(128, 2) { Segments = [Image] };
        Assert.Contains("multiple of Heads", Assert.Throws<ArgumentException>(() => (Network.VisionTransformer(4) with { Heads = 3 }).Create(shape, new Random(1))).Message);
        Assert.Contains("divide the height", Assert.Throws<ArgumentException>(() => Network.VisionTransformer(5).Create(shape, new Random(1))).Message);
    }

    private static (Network Network, NetworkShape Shape, float[] Inputs) Case(string name)
    {
        var (network, segments) = Networks[name];
        var shape = new NetworkShape(segments.Sum(s => s.Size), 2) { Segments = segments };
        var inputs = Enumerable.Range(0, Rows).SelectMany(r => segments.SelectMany(s => Values(s, r))).ToArray();
        return (network, shape, inputs);
    }

    private static IEnumerable<float> Values(InputSegment segment, int row) => Enumerable.Range(0, segment.Size).Select(i => segment.Kind switch
    {
        InputKind.Tokens => i > row ? 0 : (row * 7 + i * 3) % segment.Vocabularies[0],
        InputKind.Categories => (row + i) % segment.Vocabularies[i],
        InputKind.Adjacency => (i / 4 + i % 4 + row) % 3 == 0 ? 1f : 0f,
        _ => MathF.Sin(row * 131 + i * i),
    });

    /// <summary>Moves every weight a little, so that none is zero or the same as its neighbours.</summary>
    private static void Disturb(nn.Module module)
    {
        using var gradMode = no_grad();
        foreach (var (_, parameter) in module.named_parameters())
        {
            using var scope = NewDisposeScope();
            parameter.add_(arange(parameter.numel(), dtype: float32).mul(0.37).sin().mul(0.1).reshape(parameter.shape));
        }
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

    private static List<NamedWeights> Weights(nn.Module module) => [.. module.named_parameters().Select(p =>
    {
        using var values = p.parameter.detach().contiguous();
        return new NamedWeights(p.name, [.. p.parameter.shape], MemoryMarshal.Cast<byte, float>(values.bytes).ToArray());
    })];
}
