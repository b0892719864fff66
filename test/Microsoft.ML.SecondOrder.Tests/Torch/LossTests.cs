using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

public sealed class LossTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _logits = tensor(new double[] { 1, 2, 0, 0, 0, 3 }).reshape(2, 3);
    private readonly Tensor _classes = tensor(new long[] { 1, 2 });

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Cross_entropy_is_the_mean_negative_log_probability()
    {
        var expected = (Math.Log(Math.Exp(1) + Math.Exp(2) + 1) - 2 + Math.Log(2 + Math.Exp(3)) - 3) / 2;

        Assert.Equal(expected, functional.cross_entropy(_logits, _classes).ToDouble(), 10);
        Assert.Equal(expected, CrossEntropyLoss().call(_logits, _classes).ToDouble(), 10);
        Assert.Equal(2 * expected, CrossEntropyLoss(reduction: Reduction.Sum).call(_logits, _classes).ToDouble(), 10);
        Assert.Equal([2L], functional.cross_entropy(_logits, _classes, reduction: Reduction.None).shape);
        Assert.Equal(expected, functional.nll_loss(functional.log_softmax(_logits, 1), _classes).ToDouble(), 10);
        Assert.Equal(expected, NLLLoss().call(functional.log_softmax(_logits, 1), _classes).ToDouble(), 10);
    }

    [Fact]
    public void Squared_and_absolute_errors()
    {
        var (x, y) = (tensor(new double[] { 1, 4 }), tensor(new double[] { 0, 1 }));

        Assert.Equal(5, functional.mse_loss(x, y).ToDouble());
        Assert.Equal(5, MSELoss().call(x, y).ToDouble());
        Assert.Equal(2, functional.l1_loss(x, y).ToDouble());
        Assert.Equal(2, L1Loss().call(x, y).ToDouble());
        Assert.Equal((0.5 + 2.5) / 2, functional.smooth_l1_loss(x, y).ToDouble());
        Assert.Equal((0.5 + 2.5) / 2, functional.huber_loss(x, y).ToDouble());
        Assert.Equal(10, functional.mse_loss(x, y, Reduction.Sum).ToDouble());
    }

    [Fact]
    public void Binary_cross_entropy_of_logits()
    {
        var (x, y) = (tensor(new double[] { 2, -1 }), tensor(new double[] { 1, 1 }));
        var expected = (Math.Log(1 + Math.Exp(-2)) + Math.Log(1 + Math.Exp(1))) / 2;

        Assert.Equal(expected, functional.binary_cross_entropy_with_logits(x, y).ToDouble(), 10);
        Assert.Equal(expected, BCEWithLogitsLoss().call(x, y).ToDouble(), 10);
        Assert.Equal(expected, functional.binary_cross_entropy(x.sigmoid(), y).ToDouble(), 10);
    }

    [Fact]
    public void A_loss_is_differentiated()
    {
        var x = _logits.clone().requires_grad_(true);

        functional.cross_entropy(x, _classes).backward();

        var expected = (functional.softmax(_logits, 1) - functional.one_hot(_classes, 3)) / 2;
        Assert.True(allclose(expected, x.grad!));
    }

    [Fact]
    public void Functions_behind_the_layers()
    {
        var x = arange(16, float64).reshape(1, 1, 4, 4);

        Assert.Equal([5.0, 7, 13, 15], functional.max_pool2d(x, 2).data<double>().ToArray());
        Assert.Equal([2.5, 4.5, 10.5, 12.5], functional.avg_pool2d(x, 2).data<double>().ToArray());
        Assert.Equal([1L, 4, 9], functional.unfold(x, (2, 2)).shape);
        Assert.Equal([1L, 1, 2, 2], functional.conv2d(x, ones([1, 1, 3, 3], float64)).shape);
        Assert.Equal([45.0, 54, 81, 90], functional.conv2d(x, ones([1, 1, 3, 3], float64)).data<double>().ToArray());
        Assert.Equal([1L, 1, 4, 6], functional.pad(x, [1, 1]).shape);
        Assert.Equal([0L, 1, 0, 0, 0, 1], functional.one_hot(_classes, 3).data<long>().ToArray());
        Assert.Equal([1.0, 2, 0, 0, 0, 3], functional.relu(_logits).data<double>().ToArray());
        Assert.Equal([1.0, 1], functional.softmax(_logits, 1).sum(new long[] { 1 }).data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(_logits.sum().ToDouble(), functional.dropout(_logits, 0.5, training: false).sum().ToDouble());
        Assert.Equal([4L, 2], functional.linear(ones(4, 3), ones(2, 3), zeros(2)).shape);
        Assert.Equal([2L, 3], functional.layer_norm(_logits, [3]).shape);
        Assert.Equal([2L, 3], functional.gelu(_logits).shape);
    }
}
