using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>Modules: names, parameters, geometry, modes, moves.</summary>
public sealed class ModuleTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first;
        private readonly ModuleList<nn.Module<Tensor, Tensor>> blocks;
        private readonly Parameter scale;
        private readonly Tensor offset;

        public Net() : base("net")
        {
            first = nn.Linear(3, 4);
            blocks = new ModuleList<nn.Module<Tensor, Tensor>>(nn.ReLU(), nn.Sequential(("inner", nn.Linear(4, 2))));
            scale = new Parameter(ones(1));
            offset = zeros(1);
            register_buffer("offset", offset);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => blocks.Aggregate(first.call(input), (x, block) => block.call(x)).mul(scale).add(offset);
    }

    [Fact]
    public void Parameters_and_modules_are_named_by_their_fields_and_places()
    {
        var net = new Net();

        Assert.Equal(["blocks.1.inner.bias", "blocks.1.inner.weight", "first.bias", "first.weight", "scale"], net.named_parameters().Select(p => p.name).Order());
        Assert.Equal(["blocks", "blocks.0", "blocks.1", "blocks.1.inner", "first"], net.named_modules().Select(m => m.name).Order());
        Assert.Equal(["blocks", "first"], net.named_children().Select(m => m.name).Order());
        Assert.Equal(["offset"], net.named_buffers().Select(b => b.name));
        Assert.Equal("Net", net.GetType().Name);
        Assert.Equal("net", net.GetName());
    }

    [Fact]
    public void Dimensions_of_a_linear_layer_can_be_read()
    {
        var layer = nn.Linear(3, 2, hasBias: false);

        Assert.Equal((3, 2), (layer.in_features, layer.out_features));
        Assert.Null(layer.bias);
        Assert.Equal([2L, 3], layer.weight.shape);
    }

    [Fact]
    public void The_geometry_of_a_convolution_can_be_read()
    {
        Convolution layer = nn.Conv2d(4, 6, kernel_size: 3, stride: 2, padding: 1, dilation: 1, groups: 2);

        Assert.Equal((4, 6, 2), (layer.in_channels, layer.out_channels, layer.groups));
        Assert.Equal([3L, 3], layer.kernel_size);
        Assert.Equal([2L, 2], layer.stride);
        Assert.Equal([1L, 1], layer.padding!);
        Assert.Equal([1L, 1], layer.dilation);
        Assert.Equal(PaddingModes.Zeros, layer.padding_mode);
        Assert.Equal([6L, 2, 3, 3], ((Conv2d)layer).weight.shape);
        Assert.Null(nn.Conv2d(1, 1, 3, padding: Padding.Same).padding);
    }

    [Fact]
    public void A_parameter_is_the_same_object_at_each_look()
    {
        var layer = nn.Linear(3, 2);

        Assert.Same(layer.weight, layer.weight);
        Assert.Same(layer.weight, layer.named_parameters().Single(p => p.name == "weight").parameter);
        Assert.Equal(layer.weight.Handle, layer.parameters().First().Handle);
    }

    [Fact]
    public void Moving_to_another_type_replaces_the_parameters()
    {
        var layer = nn.Linear(3, 2);
        var before = layer.weight;

        layer.to(float64);

        Assert.Equal(float64, layer.weight.dtype);
        Assert.True(layer.weight.requires_grad);
        Assert.True(before.IsInvalid);
    }

    [Fact]
    public void Modes_reach_every_part()
    {
        var net = new Net();

        net.eval();
        Assert.False(net.training);
        Assert.All(net.named_modules(), m => Assert.False(m.module.training));
        net.train();
        Assert.All(net.named_modules(), m => Assert.True(m.module.training));
    }

    [Fact]
    public void Dropout_acts_in_training_only()
    {
        var layer = nn.Dropout(0.5);
        var x = ones(1000);

        Assert.InRange(layer.call(x).eq(0).sum().ToInt64(), 350, 650);
        layer.eval();
        Assert.True(layer.call(x).eq(1).all().ToBoolean());
    }

    [Fact]
    public void Batch_norm_learns_statistics_in_training_and_uses_them_in_evaluation()
    {
        var layer = nn.BatchNorm1d(1, momentum: 1);
        var x = tensor(new float[] { 1, 3 }).reshape(2, 1);

        Assert.Equal([-1f, 1f], Rounded(layer.call(x)));
        Assert.Equal([2f], Rounded(layer.running_mean!));
        Assert.Equal([2f], Rounded(layer.running_var!));
        layer.eval();
        Assert.Equal(0, layer.call(full([1, 1], 2f)).ToSingle(), 4);
    }

    [Fact]
    public void Zero_grad_clears_the_gradients()
    {
        var layer = nn.Linear(3, 2);
        layer.call(ones(1, 3)).sum().backward();
        Assert.NotNull(layer.weight.grad);

        layer.zero_grad();

        Assert.True(layer.weight.grad is not { } g || g.abs().sum().ToSingle() == 0);
    }

    [Fact]
    public void A_state_dictionary_holds_parameters_and_buffers_and_can_be_loaded()
    {
        Net from = new(), to = new();

        var state = from.state_dict();
        var (missing, unexpected) = to.load_state_dict(state);

        Assert.Contains("offset", state.Keys);
        Assert.Contains("blocks.1.inner.weight", state.Keys);
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.True(allclose(from.call(ones(1, 3)), to.call(ones(1, 3))));
    }

    [Fact]
    public void A_frozen_parameter_gets_no_gradient()
    {
        var layer = nn.Linear(3, 2);
        layer.weight.requires_grad = false;

        layer.call(ones(1, 3)).sum().backward();

        Assert.Null(layer.weight.grad);
        Assert.NotNull(layer.bias!.grad);
    }

    [Theory]
    [InlineData("relu", 0, 1)]
    [InlineData("leaky", -0.1, 1)]
    [InlineData("elu", -0.6321206, 1)]
    [InlineData("gelu", -0.1586553, 0.8413447)]
    [InlineData("silu", -0.2689414, 0.7310586)]
    [InlineData("tanh", -0.7615942, 0.7615942)]
    [InlineData("sigmoid", 0.2689414, 0.7310586)]
    [InlineData("identity", -1, 1)]
    public void Activations(string name, double atMinusOne, double atOne)
    {
        nn.Module<Tensor, Tensor> layer = name switch
        {
            "relu" => nn.ReLU(),
            "leaky" => nn.LeakyReLU(0.1),
            "elu" => nn.ELU(),
            "gelu" => nn.GELU(),
            "silu" => nn.SiLU(),
            "tanh" => nn.Tanh(),
            "sigmoid" => nn.Sigmoid(),
            _ => nn.Identity(),
        };

        var y = layer.call(tensor(new[] { -1.0, 1.0 }));

        Assert.Equal(atMinusOne, y[0].ToDouble(), 6);
        Assert.Equal(atOne, y[1].ToDouble(), 6);
    }

    [Fact]
    public void Layers_have_the_shapes_of_their_kind()
    {
        var image = randn(2, 4, 8, 8);

        Assert.Equal([2L, 4, 4, 4], nn.MaxPool2d(2).call(image).shape);
        Assert.Equal([2L, 4, 4, 4], nn.AvgPool2d(2).call(image).shape);
        Assert.Equal([2L, 4, 1, 1], nn.AdaptiveAvgPool2d(1).call(image).shape);
        Assert.Equal([2L, 256], nn.Flatten().call(image).shape);
        Assert.Equal([2L, 4, 8, 8], nn.BatchNorm2d(4).call(image).shape);
        Assert.Equal([2L, 4, 8, 8], nn.GroupNorm(2, 4).call(image).shape);
        Assert.Equal([2L, 4, 8, 8], nn.LayerNorm(8).call(image).shape);
        Assert.Equal([2L, 3, 5], nn.Embedding(10, 5).call(zeros([2, 3], int64)).shape);
        Assert.Equal([2L, 6, 8, 8], nn.Conv2d(4, 6, 3, padding: 1).call(image).shape);
        Assert.Equal([2L, 3, 6], nn.Conv1d(4, 3, 3).call(randn(2, 4, 8)).shape);
        Assert.Equal([1f, 1f], Rounded(nn.Softmax(1).call(randn(2, 3)).sum(new long[] { 1 })));
    }

    [Fact]
    public void Layer_norm_standardizes_the_last_dimension()
        => Assert.Equal([-1f, 1f, -1f, 1f], Rounded(nn.LayerNorm(2).call(tensor(new float[] { 1, 3, 10, 30 }).reshape(2, 2))));

    [Fact]
    public void Group_norm_must_be_initialized_by_who_makes_it()
    {
        // A known trap: TorchSharp leaves weight and bias as the memory was.
        var layer = nn.GroupNorm(1, 2);
        nn.init.ones_(layer.weight);
        nn.init.zeros_(layer.bias!);

        Assert.Equal([-1f, -1f, 1f, 1f], Rounded(layer.call(tensor(new float[] { 1, 1, 3, 3 }).reshape(1, 2, 2))));
    }

    private static float[] Rounded(Tensor t) => [.. t.detach().flatten().data<float>().ToArray().Select(v => MathF.Round(v, 3))];
}
