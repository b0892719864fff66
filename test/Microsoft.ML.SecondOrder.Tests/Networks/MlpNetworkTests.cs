using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Networks;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Networks;

public sealed class MlpNetworkTests
{
    private static readonly NetworkShape _shape = new(5, 3);

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Gelu)]
    public void Managed_forward_pass_agrees_with_the_network(Activation activation)
    {
        var network = Network.Mlp(17, 600) with { Activation = activation };
        using var scope = NewDisposeScope();
        using var module = network.Create(_shape, new Random(1));
        var inputs = Enumerable.Range(0, 40 * 5).Select(i => MathF.Sin(i) * 3).ToArray();
        var expected = module.call(tensor(inputs).reshape(40, 5)).detach();

        var forward = network.CreateForward(_shape, Weights(module));

        var actual = new float[3];
        for (var row = 0; row < 40; row++)
        {
            forward.Run(inputs.AsSpan(row * 5, 5), actual);
            for (var o = 0; o < 3; o++)
            {
                Assert.Equal(expected[row, o].ToSingle(), actual[o], 5e-6f);
            }
        }
    }

    [Fact]
    public void Weights_depend_on_the_random_source_alone()
    {
        using var first = Network.Mlp(4).Create(_shape, new Random(7));
        using var second = Network.Mlp(4).Create(_shape, new Random(7));
        using var third = Network.Mlp(4).Create(_shape, new Random(8));

        Assert.Equal(Weights(first)[0].Values, Weights(second)[0].Values);
        Assert.NotEqual(Weights(first)[0].Values, Weights(third)[0].Values);
    }

    [Fact]
    public void Parameter_shapes_are_those_of_the_built_network()
    {
        var network = Network.Mlp(4, 6);
        using var module = network.Create(_shape, new Random(1));

        var built = module.named_parameters().Select(p => (p.name, string.Join("x", p.parameter.shape)));

        Assert.Equal(built, network.ParameterShapes(_shape).Select(p => (p.Name, string.Join("x", p.Shape))));
    }

    [Fact]
    public void Networks_are_compared_by_what_they_describe()
    {
        Assert.Equal(Network.Mlp(4, 6), Network.Mlp(4, 6));
        Assert.Equal(Network.Mlp(4, 6).GetHashCode(), Network.Mlp(4, 6).GetHashCode());
        Assert.NotEqual(Network.Mlp(4, 6), Network.Mlp(6, 4));
        Assert.NotEqual(Network.Mlp(4), Network.Mlp(4) with { Activation = Activation.Relu });
        Assert.Equal("Mlp(4, 6) with Silu", Network.Mlp(4, 6).ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(MlpNetwork.MaximumWidth + 1)]
    public void A_width_out_of_range_is_refused(int width)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Network.Mlp(8, width));

        Assert.Contains("between 1 and 65536", error.Message);
    }

    [Fact]
    public void Weights_of_another_network_are_refused()
    {
        using var other = Network.Mlp(5).Create(_shape, new Random(1));

        var error = Assert.Throws<FormatException>(() => Network.Mlp(4).CreateForward(_shape, Weights(other)));

        Assert.Contains("hidden1.weight", error.Message);
        Assert.Contains("[4, 5]", error.Message);
        Assert.Contains("[5, 5]", error.Message);
    }

    [Fact]
    public void Rows_of_another_width_are_refused()
    {
        using var module = Network.Mlp(4).Create(_shape, new Random(1));
        var forward = Network.Mlp(4).CreateForward(_shape, Weights(module));

        Assert.Throws<ArgumentException>(() => forward.Run(new float[4], new float[3]));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.47950012218695346)]
    [InlineData(-1.5, 1.9661051464753108)]
    [InlineData(2.6, 2.360344165293693e-4)]
    [InlineData(6, 2.1519736712498913e-17)]
    [InlineData(-6, 2)]
    [InlineData(double.PositiveInfinity, 0)]
    public void Complementary_error_function_has_its_tabled_values(double x, double expected) =>
        Assert.Equal(expected, ErrorFunction.Complement(x), Math.Max(1e-12 * expected, 1e-30));

    [Fact]
    public void Creating_a_network_leaves_only_its_parameters_behind()
    {
        Support.Leak.None(() => Network.Mlp(4, 6).Create(_shape, new Random(1)).Dispose());
    }

    private static NamedWeights[] Weights(nn.Module module) => [.. module.named_parameters().Select(p =>
    {
        using var values = p.parameter.detach();
        return new NamedWeights(p.name, [.. values.shape], MemoryMarshal.Cast<byte, float>(values.bytes).ToArray());
    })];
}
