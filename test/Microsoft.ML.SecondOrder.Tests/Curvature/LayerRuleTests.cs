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
        ["convolution on a single image"] = (() => nn.Conv2d(2, 3, (3, 3), (1, 1), (1, 1)), [2, 7, 6]),
        ["convolution with replicated borders, stride and dilation"] = (() => nn.Conv2d(2, 3, (2, 3), (2, 1), (2, 1), (1, 2), PaddingModes.Replicate), [4, 2, 7, 6]),
        ["convolution without padding by name"] = (() => nn.Conv2d(2, 3, (3, 2), TorchSharp.Padding.Valid), [4, 2, 7, 6]),
        ["convolution, same size, dilated"] = (() => nn.Conv2d(2, 3, (3, 2), TorchSharp.Padding.Same, dilation: (2, 1)), [4, 2, 7, 6]),
        ["convolution of single pixels"] = (() => nn.Conv2d(2, 3, (1, 1), (2, 2)), [4, 2, 7, 6]),
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

    [Theory]
    [InlineData(PaddingModes.Zeros)]
    [InlineData(PaddingModes.Reflect)]
    [InlineData(PaddingModes.Replicate)]
    [InlineData(PaddingModes.Circular)]
    public void Patches_of_groups_are_averaged_entry_by_entry(PaddingModes mode)
    {
        using var scope = NewDisposeScope();
        var (kernel, stride, padding, dilation) = ((3L, 2L), (2L, 1L), (1L, 2L), (1L, 2L));
        var layer = nn.Conv2d(4, 6, kernel, stride, padding, dilation, mode, groups: 2);
        layer.to(float64);
        var images = randn(new long[] { 3, 4, 7, 6 }, float64);
        var x = images.narrow(0, 1, 2); // begins within its storage

        using var sample = LayerRule.For(layer)!.Sample(x, randn(layer.call(x).shape, float64), WeightSharing.Expand, true);

        Assert.Equal(ByHand(), sample.Inputs.reshape(-1).data<double>().ToArray());

        // For each image and position: two channels of one group, three rows and two columns of pixels, and 1 for the bias.
        List<double> ByHand()
        {
            var padded = nn.functional.pad(x, new[] { padding.Item2, padding.Item2, padding.Item1, padding.Item1 }, mode);
            var entries = new List<double>();
            foreach (var (image, row, column) in from n in Enumerable.Range(0, 2) from r in Enumerable.Range(0, 4) from c in Enumerable.Range(0, 8) select (n, 2 * r, c))
            {
                foreach (var (channel, down, right) in from ch in Enumerable.Range(0, 2) from d in Enumerable.Range(0, 3) from r in Enumerable.Range(0, 2) select (ch, d, 2 * r))
                {
                    double Pixel(int group) => padded[image, (2 * group) + channel, row + down, column + right].ToDouble();
                    entries.Add((Pixel(0) + Pixel(1)) / 2);
                }

                entries.Add(1);
            }

            return entries;
        }
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
