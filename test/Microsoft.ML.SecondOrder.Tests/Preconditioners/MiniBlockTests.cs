using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Preconditioners;

public sealed class MiniBlockTests : IDisposable
{
    private const double Rounding = 1e-10;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Blocks_of_one_number_are_squared_gradients()
    {
        // A 1 × 1 convolution with a bias: v = (2·3, 2·1) of one example, (6² + ½)⁻¹ 6 and (2² + ½)⁻¹ 2.
        using var method = new MiniBlockPreconditioner(new MiniBlockOptions { Damping = 0.5 }, Convolution(outputs: 1, channels: 1, kernel: 1));
        method.Observe(new LayerSample(tensor(new double[,] { { 3, 1 } }), tensor(new double[,] { { 2 } }), 1, 1));
        method.Refresh(0, 1);

        Close(tensor(new double[,] { { 6 / 36.5, 2 / 4.5 } }), method.Precondition(tensor(new double[,] { { 6.0, 2.0 } })));
    }

    [Theory]
    [InlineData(MiniBlockGrouping.Shared, 1)]
    [InlineData(MiniBlockGrouping.Shared, 3)]
    [InlineData(MiniBlockGrouping.Outputs, 1)]
    [InlineData(MiniBlockGrouping.Outputs, 3)]
    [InlineData(MiniBlockGrouping.Inputs, 3)]
    public void Dense_blocks_are_those_of_the_Fisher_matrix_of_the_examples(MiniBlockGrouping grouping, int positions)
    {
        var shape = new LayerShape("x", 2, 3, true, float64, CPU);
        var fisher = Fisher(Sample(4, positions, 2, 3)); // [O, I, O, I]
        var outputs = Enumerable.Range(0, 2).Select(j => fisher[j, TensorIndex.Colon, j]).ToList();
        var blocks = grouping switch
        {
            MiniBlockGrouping.Shared => outputs[0].add(outputs[1]).div(2).unsqueeze(0),
            MiniBlockGrouping.Outputs => stack(outputs),
            _ => stack(Enumerable.Range(0, 3).Select(i => fisher[TensorIndex.Colon, i, TensorIndex.Colon, i]).ToList()),
        };

        using var method = Observed(new MiniBlockOptions { Grouping = grouping }, shape, Sample(4, positions, 2, 3));

        Close(blocks, method.Blocks);
    }

    [Fact]
    public void A_kernels_block_is_that_of_the_Fisher_matrix_of_the_examples()
    {
        var shape = Convolution(outputs: 2, channels: 3, kernel: 4);
        var fisher = Fisher(Sample(5, 6, 2, 13));

        using var method = Observed(new MiniBlockOptions(), shape, Sample(5, 6, 2, 13));

        for (var o = 0; o < 2; o++)
        {
            for (var c = 0; c < 3; c++)
            {
                Close(fisher[o, TensorIndex.Colon, o].narrow(0, 4 * c, 4).narrow(1, 4 * c, 4), method.Blocks[(3 * o) + c]);
            }

            Close(fisher[o, 12, o, 12], method.State["bias"][0][o]);
        }
    }

    [Fact]
    public void Direction_solves_the_damped_block()
    {
        using var method = Observed(new MiniBlockOptions { Damping = 0.3 }, Convolution(2, 3, 4), Sample(5, 6, 2, 13));
        var gradient = Numbers(2, 13, 5);

        var direction = method.Precondition(gradient);

        for (var o = 0; o < 2; o++)
        {
            for (var c = 0; c < 3; c++)
            {
                var u = direction[o].narrow(0, 4 * c, 4).unsqueeze(1);
                Close(gradient[o].narrow(0, 4 * c, 4).unsqueeze(1), method.Blocks[(3 * o) + c].mm(u).add(u.mul(0.3)));
            }
        }
    }

    [Fact]
    public void Moments_of_the_batch_are_those_of_its_mean_gradient()
    {
        var sample = Sample(5, 6, 2, 13);
        var gradient = sample.OutputGradients.t().mm(sample.Inputs); // the mean loss's

        using var method = Observed(new MiniBlockOptions { Moments = MiniBlockMoments.BatchGradient }, Convolution(2, 3, 4), sample);

        var kernel = gradient[1].narrow(0, 4, 4).unsqueeze(1);
        Close(kernel.mm(kernel.t()), method.Blocks[4]);
    }

    [Theory]
    [InlineData(MiniBlockMoments.Examples)]
    [InlineData(MiniBlockMoments.BatchGradient)]
    public void Micro_batches_and_a_scaled_loss_make_no_difference(MiniBlockMoments moments)
    {
        var (shape, sample) = (Convolution(2, 3, 4), Sample(4, 6, 2, 13));
        using var whole = Observed(new MiniBlockOptions { Moments = moments }, shape, sample);
        using var parts = new MiniBlockPreconditioner(new MiniBlockOptions { Moments = moments }, shape);
        foreach (var first in new[] { 0, 2 })
        {
            parts.Observe(new LayerSample(sample.Inputs.narrow(0, 6 * first, 12), sample.OutputGradients.narrow(0, 6 * first, 12).mul(8), 2, 6));
        }

        parts.Refresh(0, 8);

        Close(whole.Blocks, parts.Blocks);
    }

    [Fact]
    public void Rows_give_what_their_gradient_gives()
    {
        using var method = Observed(new MiniBlockOptions(), new LayerShape("x", 2, 3, true, float64, CPU), Sample(4, 1, 2, 3));
        var (g, a) = (Numbers(4, 2, 3), Numbers(4, 3, 4));

        var (left, right) = method.PreconditionRows(g, a);

        Close(method.Precondition(g.t().mm(a)), left.t().mm(right));
    }

    [Fact]
    public void Blocks_that_would_fill_the_memory_are_refused_with_a_way_out()
    {
        var shape = new LayerShape("wide", 1000, 785, true, float32, CPU);

        var error = Assert.Throws<ArgumentException>(() => new MiniBlockOptions { Grouping = MiniBlockGrouping.Outputs }.Create(shape));

        Assert.Contains("'wide' [1000, 785] would hold 616,225,000 numbers", error.Message);
        Assert.Contains("Set Grouping to Shared, which holds 616,225.", error.Message);
    }

    [Fact]
    public void Bad_options_are_refused_all_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new MiniBlockOptions
        {
            Damping = 0, FactorDecay = 1, InverseInterval = 0, Sharing = WeightSharing.Reduce, Moments = MiniBlockMoments.BatchGradient, Fisher = FisherKind.Exact,
        }.Validated());

        Assert.All(["Damping", "FactorDecay", "InverseInterval", "Sharing", "Fisher"], part => Assert.Contains(part, error.Message));
    }

    private static MiniBlockPreconditioner Observed(MiniBlockOptions options, LayerShape shape, LayerSample sample)
    {
        var method = new MiniBlockPreconditioner(options, shape);
        method.Observe(sample);
        method.Refresh(0, 1);
        return method;
    }

    /// <summary>E[v vᵀ] of the examples' gradients, where the sample's are those of the mean loss: [O, I, O, I].</summary>
    private static Tensor Fisher(LayerSample sample)
    {
        var (o, i, positions) = (sample.OutputGradients.shape[1], sample.Inputs.shape[1], sample.Positions);
        var sum = zeros(new[] { o * i, o * i }, float64);
        for (var n = 0L; n < sample.Batch; n++)
        {
            var v = sample.OutputGradients.narrow(0, n * positions, positions).t().mm(sample.Inputs.narrow(0, n * positions, positions)).mul(sample.Batch).reshape(-1, 1);
            sum = sum.add(v.mm(v.t()).div(sample.Batch));
        }

        return sum.reshape(o, i, o, i);
    }

    private static LayerShape Convolution(long outputs, long channels, long kernel) =>
        new("x", outputs, (channels * kernel) + 1, true, float64, CPU) { KernelSize = kernel };

    private static LayerSample Sample(long examples, long positions, long outputs, long inputs) =>
        new(Numbers(examples * positions, inputs, 1), Numbers(examples * positions, outputs, 2).add(0.3), examples, positions);

    private static Tensor Numbers(long rows, long columns, double shift) => arange(rows * columns, dtype: float64).mul(2.3).add(shift).cos().reshape(rows, columns);

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.True(expected.sub(actual).abs().max().ToDouble() < Rounding, $"Expected {expected.str()}, got {actual.str()}.");
}
