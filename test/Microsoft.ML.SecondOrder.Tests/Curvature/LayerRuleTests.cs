using Microsoft.ML.SecondOrder.Curvature;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Curvature;

/// <summary>gᵀ a over the rows of a sample is the gradient of the joint weight: for every layer kind and geometry.</summary>
public sealed class LayerRuleTests
{
    private const double Rounding = 1e-10;

    public static TheoryData<string> Cases => [.. _cases.Keys];

    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Layer, long[] Input)> _cases = new()
    {
        ["dense"] = (() => nn.Linear(4, 3), [5, 4]),
        ["dense without bias"] = (() => nn.Linear(4, 3, false), [5, 4]),
        ["dense on a sequence"] = (() => nn.Linear(4, 3), [5, 6, 4]),
        ["dense on two shared axes"] = (() => nn.Linear(4, 3), [5, 2, 3, 4]),
        ["dense on a single vector"] = (() => nn.Linear(4, 3), [4]),
        ["convolution"] = (() => nn.Conv2d(2, 3, (3, 3)), [4, 2, 7, 6]),
        ["convolution with stride and padding"] = (() => nn.Conv2d(2, 3, (3, 2), (2, 1), (1, 1)), [4, 2, 7, 6]),
        ["convolution with dilation"] = (() => nn.Conv2d(2, 3, (2, 2), (1, 1), (0, 0), (2, 3)), [4, 2, 7, 6]),
        ["convolution, same size, even kernel"] = (() => nn.Conv2d(2, 3, (2, 4), TorchSharp.Padding.Same), [4, 2, 7, 6]),
        ["convolution with reflected borders"] = (() => nn.Conv2d(2, 3, (3, 3), (1, 1), (1, 2), (1, 1), PaddingModes.Reflect), [4, 2, 7, 6]),
        ["convolution with cyclic borders"] = (() => nn.Conv2d(2, 3, (3, 3), (1, 1), (1, 2), (1, 1), PaddingModes.Circular), [4, 2, 7, 6]),
        ["convolution without bias"] = (() => nn.Conv2d(2, 3, (3, 3), bias: false), [4, 2, 7, 6]),
    };

    [Theory, MemberData(nameof(Cases))]
    public void Rows_multiply_to_the_gradient_of_the_weight(string name)
    {
        using var scope = NewDisposeScope();
        var (create, inputShape) = _cases[name];
        var layer = create();
        layer.to(float64);
        var rule = LayerRule.For(layer)!;
        var x = randn(inputShape, float64);
        var output = layer.call(x);
        output.retain_grad();
        output.mul(randn(output.shape, float64)).sum().backward();

        using var sample = rule.Sample(x, output.grad!, WeightSharing.Expand, rule.Bias is not null);

        var joint = sample.OutputGradients.t().mm(sample.Inputs); // [O, I]
        var expected = rule.Weight.grad!.reshape(joint.shape[0], -1);
        if (rule.Bias is not null)
        {
            expected = cat(new List<Tensor> { expected, rule.Bias.grad!.unsqueeze(1) }, 1);
        }

        Assert.Equal(expected.shape, joint.shape);
        Assert.True(expected.sub(joint).abs().max().ToDouble() < Rounding);
        Assert.Equal(sample.Batch * sample.Positions, sample.Inputs.shape[0]);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Reduce_averages_inputs_and_sums_gradients_over_positions(string name)
    {
        using var scope = NewDisposeScope();
        var (create, inputShape) = _cases[name];
        var layer = create();
        layer.to(float64);
        var rule = LayerRule.For(layer)!;
        var x = randn(inputShape, float64);
        var gradient = randn(layer.call(x).shape, float64);

        using var expanded = rule.Sample(x, gradient, WeightSharing.Expand, true);
        using var reduced = rule.Sample(x, gradient, WeightSharing.Reduce, true);

        var (b, r) = (expanded.Batch, expanded.Positions);
        var inputs = expanded.Inputs.reshape(b, r, -1).mean(new long[] { 1 });
        var gradients = expanded.OutputGradients.reshape(b, r, -1).sum(dim: 1L);
        Assert.True(inputs.sub(reduced.Inputs).abs().max().ToDouble() < Rounding);
        Assert.True(gradients.sub(reduced.OutputGradients).abs().max().ToDouble() < Rounding);
    }

    [Fact]
    public void A_module_without_a_rule_has_none()
    {
        using var module = nn.ReLU();

        Assert.Null(LayerRule.For(module));
    }

    [Fact]
    public void Sampling_leaves_only_the_sample_behind()
    {
        using var layer = nn.Conv2d(2, 3, (3, 3), (1, 1), (1, 1));
        using var x = ones(2, 2, 5, 5);
        using var gradient = ones(2, 3, 5, 5);
        var rule = LayerRule.For(layer)!;

        Support.Leak.None(() => rule.Sample(x, gradient, WeightSharing.Expand, true).Dispose());
        Support.Leak.None(() => rule.Sample(x, gradient, WeightSharing.Reduce, true).Dispose());
    }
}
