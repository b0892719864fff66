using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Tests.Networks;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

public sealed class NetworkKindsTests
{
    public static TheoryData<string> Cases => [.. NetworkCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Description_and_shape_come_back_equal(string name)
    {
        var (network, shape, _) = NetworkCases.Case(name, 1);
        var writer = new BodyWriter();
        NetworkKinds.Write(writer, network);
        ShapeBody.Write(writer, shape);
        var reader = new BodyReader(writer.Written.ToArray());

        Assert.Equal(network, NetworkKinds.Read(reader));
        Assert.Equal(shape, ShapeBody.Read(reader));
        reader.RequireEnd();
    }

    [Fact]
    public void Every_network_of_the_catalog_can_be_saved()
    {
        var networks = typeof(Network).GetMethods().Where(m => m.IsStatic && m.ReturnType.IsAssignableTo(typeof(Network)) && m.ReturnType != typeof(ModuleNetwork))
            .Select(m => (Network)m.Invoke(null, [.. m.GetParameters().Select(p => p.HasDefaultValue ? p.DefaultValue : new int[] { 3 })])!).ToList();

        Assert.True(networks.Count >= 9);
        Assert.All(networks, n =>
        {
            var writer = new BodyWriter();
            NetworkKinds.Write(writer, n);
            Assert.Equal(n, NetworkKinds.Read(new BodyReader(writer.Written.ToArray())));
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Impossible_values_are_damage(int what)
    {
        var writer = new BodyWriter();
        writer.Text(what == 0 ? "perceptron" : "residual-mlp");
        writer.Text(what == 1 ? "Cosine" : "Silu");
        writer.Int32(2);
        writer.Int32(0);
        writer.Int32(3);

        var error = Assert.Throws<FormatException>(() => NetworkKinds.Read(new BodyReader(writer.Written.ToArray())));

        Assert.Contains(what switch { 0 => "unknown kind of network, 'perceptron'", 1 => "unknown Activation, 'Cosine'", _ => "Width must lie between 1 and 65536" }, error.Message);
    }

    [Fact]
    public void Unknown_module_says_how_to_make_it_known()
    {
        var writer = new BodyWriter();
        writer.Text("module");
        writer.Text("somebody's");

        var error = Assert.Throws<InvalidOperationException>(() => NetworkKinds.Read(new BodyReader(writer.Written.ToArray())));

        Assert.Contains("NetworkRegistry.Register(\"somebody's\"", error.Message);
    }

    [Fact]
    public void Shapes_whose_parts_do_not_fit_are_damage()
    {
        var writer = new BodyWriter();
        ShapeBody.Write(writer, new NetworkShape(5, 2) { Segments = [InputSegment.Numbers("x", 4)] });
        Assert.Contains("4 inputs instead of 5", Assert.Throws<FormatException>(() => ShapeBody.Read(new BodyReader(writer.Written.ToArray()))).Message);

        writer = new BodyWriter();
        ShapeBody.Write(writer, new NetworkShape(5, 2) { Segments = [new("x", InputKind.PlanarImage, [5], [])] });
        Assert.Contains("'x'", Assert.Throws<FormatException>(() => ShapeBody.Read(new BodyReader(writer.Written.ToArray()))).Message);
    }
}
