using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>Devices, threads, versions, and the ways to make a tensor.</summary>
public sealed class EnvironmentTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_processor_is_always_there()
    {
        Assert.Equal(DeviceType.CPU, device("cpu").type);
        Assert.Equal("cpu", CPU.ToString());
        Assert.True(TryInitializeDeviceType(DeviceType.CPU));
        Assert.NotEmpty(__version__);
        Assert.InRange(get_num_threads(), 1, 1024);
        Assert.Equal(1, new Device(DeviceType.CUDA, 1).index);
    }

    [Fact]
    public void Tensors_are_made_in_many_ways()
    {
        var x = ones(2, 3);

        Assert.Equal([2L, 3], zeros(2, 3).shape);
        Assert.Equal([2L, 3], zeros(new long[] { 2, 3 }).shape);
        Assert.Equal([2L, 3], empty(2, 3).shape);
        Assert.Equal([2L, 3], full(new long[] { 2, 3 }, 2.0f).shape);
        Assert.All(new[] { zeros_like(x), ones_like(x), empty_like(x), rand_like(x), randn_like(x), full_like(x, 3) }, t => Assert.Equal(x.shape, t.shape));
        Assert.Equal([0f, 0.5f, 1f], linspace(0, 1, 3).data<float>().ToArray());
        Assert.Equal([2L, 4], arange(2, 6, 2).data<long>().ToArray());
        Assert.Equal([3L, 3], eye(3).shape);
        Assert.Equal(1.5f, tensor(1.5f).ToSingle());
        Assert.Equal([2L, 2], tensor(new float[,] { { 1, 2 }, { 3, 4 } }).shape);
        Assert.Equal([2L, 2], tensor(new List<float> { 1, 2, 3, 4 }, [2, 2]).shape);
        Assert.True(ones([2], float64, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Elementwise_functions_have_their_values()
    {
        var x = tensor(new[] { 0.25, 4.0 });

        Close([0.5, 2], x.sqrt());
        Close([2, 0.5], x.rsqrt());
        Close([4, 0.25], x.reciprocal());
        Close([0.0625, 16], x.square());
        Close([Math.Exp(0.25), Math.Exp(4)], x.exp());
        Close([Math.Log(0.25), Math.Log(4)], x.log());
        Close([Math.Log(1.25), Math.Log(5)], x.log1p());
        Close([0.25, 1], x.clamp(0, 1));
        Close([1, 4], maximum(x, ones(2, float64)));
        Close([0.25, 1], minimum(x, ones(2, float64)));
        Close([0, 1], x.sub(1).sign().relu());
        Close([0.75, 3], x.sub(1).abs());
        Close([0, 4], x.floor());
        Close([0.25, 4.25], x.cumsum(0));
        Close([1], x.prod().unsqueeze(0));
        Close([Math.Log(Math.Exp(0.25) + Math.Exp(4))], x.logsumexp(0, keepdim: true));
        Close([0.25, 0, 4, 0], stack(new List<Tensor> { x, zeros(2, float64) }, 1));
    }

    [Fact]
    public void Rows_are_sorted_and_ranked()
    {
        var x = tensor(new[] { 3.0, 1, 2 });

        Assert.Equal([1.0, 2, 3], x.sort().Values.data<double>().ToArray());
        Assert.Equal([1L, 2, 0], x.argsort().data<long>().ToArray());
        var (values, indices) = x.topk(2);
        Assert.Equal([3.0, 2], values.data<double>().ToArray());
        Assert.Equal([0L, 2], indices.data<long>().ToArray());
        Assert.Equal([2.0], x.gather(0, tensor(new long[] { 2 })).data<double>().ToArray());
        Assert.Equal([3.0, 6, 2], x.index_add(0, tensor(new long[] { 1 }), tensor(new[] { 5.0 }), 1).data<double>().ToArray());
        Assert.Equal([0L, 2], x.gt(1.5).nonzero().flatten().data<long>().ToArray());
        Assert.Equal([3.0, 2], x.masked_select(x.gt(1.5)).data<double>().ToArray());
    }

    private static void Close(double[] expected, Tensor actual)
        => Assert.Equal(expected, actual.flatten().data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-10);
}
