using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>Whole networks, trained: the pieces together.</summary>
[Collection(nameof(GlobalRandomState))]
public sealed class TrainingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public TrainingTests() => random.manual_seed(1);

    public void Dispose() => _scope.Dispose();

    private sealed class Attention : nn.Module<Tensor, Tensor>
    {
        private readonly Linear queries = nn.Linear(4, 4), keys = nn.Linear(4, 4), values = nn.Linear(4, 4), head = nn.Linear(4, 2);
        private readonly LayerNorm norm = nn.LayerNorm(4);
        private readonly Dropout dropout = nn.Dropout(0.1);

        public Attention() : base("attention") => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = norm.call(input);                                               // [B, S, 4]
            var weights = queries.call(x).bmm(keys.call(x).transpose(1, 2)).div(2).softmax(2);
            var mixed = weights.bmm(values.call(dropout.call(x))).mean(new long[] { 1 });
            return head.call(mixed).MoveToOuterDisposeScope();
        }
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("rmsprop")]
    public void A_perceptron_learns_a_ring(string name)
    {
        var x = randn(200, 2);
        var y = x.square().sum(new long[] { 1 }).gt(1.4).to(int64);
        var network = nn.Sequential(("a", nn.Linear(2, 16)), ("b", nn.Tanh()), ("c", nn.Linear(16, 2)));
        optim.Optimizer optimizer = name switch
        {
            "sgd" => optim.SGD(network.parameters(), 0.5, momentum: 0.9),
            "adam" => optim.Adam(network.parameters(), 0.05),
            "adamw" => optim.AdamW(network.parameters(), 0.05),
            _ => optim.RMSProp(network.parameters(), 0.02),
        };

        var schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 150);
        for (var i = 0; i < 150; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            nn.functional.cross_entropy(network.call(x), y).backward();
            optimizer.step();
            schedule.step();
        }

        Assert.True(Accuracy(network, x, y) > 0.95, $"Accuracy {Accuracy(network, x, y)}.");
    }

    [Fact]
    public void A_convolutional_network_learns_stripes()
    {
        var y = arange(64).remainder(2);
        var stripes = arange(8).remainder(2).to(float32);
        var x = stack(Enumerable.Range(0, 64).Select(i => (i % 2 == 0 ? stripes.expand(8, 8) : stripes.expand(8, 8).t()) + randn(8, 8).mul(0.3)).ToList()).unsqueeze(1);
        var network = nn.Sequential(
            ("conv", nn.Conv2d(1, 4, 3, padding: 1)), ("norm", nn.BatchNorm2d(4)), ("relu", nn.ReLU()), ("pool", nn.MaxPool2d(2)),
            ("average", nn.AdaptiveAvgPool2d(1)), ("flat", nn.Flatten()), ("drop", nn.Dropout(0.1)), ("head", nn.Linear(4, 2)));
        var optimizer = optim.Adam(network.parameters(), 0.05);

        for (var i = 0; i < 60; i++) Step(network, optimizer, x, y);

        network.eval();
        Assert.Equal(1, Accuracy(network, x, y));
    }

    [Fact]
    public void Attention_made_of_linear_layers_learns_an_order()
    {
        var x = randn(128, 5, 4);
        var y = x.select(2, 0).mean(new long[] { 1 }).gt(0).to(int64);
        var network = new Attention();
        var optimizer = optim.AdamW(network.parameters(), 0.02);

        for (var i = 0; i < 120; i++) Step(network, optimizer, x, y);

        network.eval();
        Assert.True(Accuracy(network, x, y) > 0.85, $"Accuracy {Accuracy(network, x, y)}.");
    }

    [Fact]
    public void Native_attention_runs_and_is_differentiated()
    {
        var x = randn(3, 1, 8, requires_grad: true);
        var encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0), 2);
        var attention = nn.MultiheadAttention(8, 2);

        var (mixed, weights) = attention.call(encoder.call(x, null, null), x, x, null, true, null);
        mixed.sum().backward();

        Assert.Equal([3L, 1, 8], mixed.shape);
        Assert.Equal([1L, 3, 3], weights.shape);
        Assert.Equal([3L, 1, 8], x.grad!.shape);
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind_in_a_scope()
    {
        var network = nn.Sequential(("a", nn.Linear(2, 4)), ("b", nn.ReLU()), ("c", nn.Linear(4, 2)));
        var optimizer = optim.SGD(network.parameters(), 0.1, momentum: 0.9);
        var (x, y) = (randn(8, 2), zeros([8], int64));

        Leak.None(() => Step(network, optimizer, x, y));
    }

    [Fact]
    public void A_run_repeats_bit_for_bit()
    {
        float[] Run()
        {
            random.manual_seed(5);
            var network = nn.Sequential(("a", nn.Linear(2, 8)), ("drop", nn.Dropout(0.2)), ("c", nn.Linear(8, 2)));
            var optimizer = optim.Adam(network.parameters(), 0.05);
            var x = randn(32, 2);
            for (var i = 0; i < 5; i++) Step(network, optimizer, x, zeros([32], int64));
            return [.. network.parameters().SelectMany(p => p.data<float>().ToArray())];
        }

        Assert.Equal(Run(), Run());
    }

    private static void Step(nn.Module<Tensor, Tensor> network, optim.Optimizer optimizer, Tensor x, Tensor y)
    {
        using var step = NewDisposeScope();
        optimizer.zero_grad();
        nn.functional.cross_entropy(network.call(x), y).backward();
        optimizer.step();
    }

    private static float Accuracy(nn.Module<Tensor, Tensor> network, Tensor x, Tensor y)
    {
        using (no_grad()) return network.call(x).argmax(1).eq(y).to(float32).mean().ToSingle();
    }
}
