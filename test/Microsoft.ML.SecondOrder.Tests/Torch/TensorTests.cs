using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>Tensors: types, values in and out, in-place operations, indexing.</summary>
public sealed class TensorTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void In_place_operations_give_the_tensor_itself()
    {
        var t = ones(2);

        Assert.Same(t, t.add_(1));
        Assert.Same(t, t.mul_(2));
        Assert.Same(t, t.sub_(ones(2)));
        Assert.Same(t, t.div_(3));
        Assert.Equal([1f, 1f], Values(t));
        Assert.Same(t, t.fill_(5));
        Assert.Same(t, t.copy_(zeros(2)));
        Assert.Equal([0f, 0f], Values(t));
    }

    [Fact]
    public void A_few_in_place_operations_give_another_handle_on_the_tensor()
    {
        // Unlike their kin: whoever writes one as a statement outside a scope leaves a handle behind.
        var operations = new Func<Tensor, Tensor>[] { t => t.zero_(), t => t.tril_(), t => t.triu_(), t => t.gelu_() };

        foreach (var operation in operations)
        {
            var t = ones(2, 2);
            var again = operation(t);

            Assert.NotSame(t, again);
            again.fill_(3);
            Assert.Equal([3f, 3f, 3f, 3f], Values(t));
        }
    }

    [Fact]
    public void Zeroing_zeroes()
    {
        var t = ones(2);

        t.zero_();

        Assert.Equal([0f, 0f], Values(t));
    }

    [Fact]
    public void A_mask_must_be_boolean()
    {
        var (t, mask) = (ones(2), ones(2));

        Assert.Throws<ArgumentException>(() => where(mask, t, t));
        Assert.Throws<ArgumentException>(() => t.masked_select(mask));
        Assert.Throws<ExternalException>(() => t.masked_fill(mask, 0));
        Assert.Throws<ExternalException>(() => t.masked_fill_(mask, 0));
    }

    [Fact]
    public void A_sum_over_a_dimension_needs_a_long()
    {
        var t = ones(2, 3);

        // A literal 0 is an enumeration too: sum(0) would be sum(ScalarType.Byte).
        Assert.Equal(ScalarType.Byte, t.sum(0).dtype);
        Assert.Equal([3L], t.sum(dim: 0L).shape);
        Assert.Equal([3L], t.sum(new long[] { 0 }).shape);
        Assert.Equal([1L, 3], t.sum(new long[] { 0 }, keepdim: true).shape);
    }

    [Fact]
    public void The_type_of_a_tensor_follows_that_of_its_values()
    {
        Assert.Equal(float32, tensor(new float[] { 1 }).dtype);
        Assert.Equal(float64, tensor(new double[] { 1 }).dtype);
        Assert.Equal(int64, tensor(new long[] { 1 }).dtype);
        Assert.Equal(@bool, tensor(new[] { true }).dtype);
        Assert.Equal(float32, zeros(2).dtype);
        Assert.Equal(int64, arange(3).dtype);
        Assert.Equal(int64, full([1], 2).dtype);
        Assert.Equal(float32, full([1], 2f).dtype);
        Assert.Equal(float64, zeros([2], float64).dtype);
        Assert.Equal(float32, (ones(1) + 1.0).dtype);
    }

    [Fact]
    public void Values_are_read_by_their_type_only()
    {
        var t = tensor(new float[] { 1, 2 });

        Assert.Equal([1f, 2f], t.data<float>().ToArray());
        Assert.Throws<ArgumentException>(() => t.data<double>());
        Assert.Equal(2f, t[1].item<float>());
        Assert.Equal(2.0, t[1].ToDouble());
        Assert.Equal(2L, t[1].ToInt64());
    }

    [Fact]
    public void Values_are_read_in_the_order_of_the_shape_whatever_the_strides()
    {
        var t = tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2).t();

        Assert.Equal([1f, 3f, 2f, 4f], t.data<float>().ToArray());
        Assert.Equal(3f, t.data<float>()[0, 1]);
    }

    [Fact]
    public void The_bytes_of_a_tensor_are_its_memory()
    {
        var t = zeros(3);

        MemoryMarshal.AsBytes(new float[] { 1, 2, 3 }.AsSpan()).CopyTo(t.bytes);

        Assert.Equal([1f, 2f, 3f], Values(t));
        Assert.Equal([1f, 2f, 3f], MemoryMarshal.Cast<byte, float>(t.bytes).ToArray());
    }

    [Fact]
    public void A_tensor_of_an_array_is_a_copy_a_buffer_shares_the_array()
    {
        var array = new float[] { 1, 2 };
        var copy = tensor(array);
        var shared = frombuffer(array, float32);

        array[0] = 9;

        Assert.Equal([1f, 2f], Values(copy));
        Assert.Equal([9f, 2f], Values(shared));
    }

    [Fact]
    public void Indices_select_rows_elements_and_ranges()
    {
        var t = arange(12).reshape(3, 4);

        Assert.Equal([4L, 5, 6, 7], Longs(t[1]));
        Assert.Equal(6, t[1, 2].ToInt64());
        Assert.Equal([1L, 5, 9], Longs(t[TensorIndex.Colon, 1]));
        Assert.Equal([4L, 5], Longs(t[1, TensorIndex.Slice(0, 2)]));
        Assert.Equal([0L, 1, 2, 3, 8, 9, 10, 11], Longs(t.index_select(0, tensor(new long[] { 0, 2 }))));
        Assert.Equal([2L, 4], t[1..].shape);
        t[0, 0] = tensor(7L);
        Assert.Equal(7, t[0, 0].ToInt64());
    }

    [Fact]
    public void Shapes_are_changed_without_copying()
    {
        var t = arange(6);

        Assert.Equal([2L, 3], t.reshape(2, 3).shape);
        Assert.Equal([3L, 2], t.view(3, 2).shape);
        Assert.Equal([1L, 6], t.unsqueeze(0).shape);
        Assert.Equal([6L], t.unsqueeze(0).squeeze(0).shape);
        Assert.Equal([3L, 2], t.reshape(2, 3).transpose(0, 1).shape);
        Assert.Equal([3L, 2], t.reshape(2, 3).mT.shape);
        Assert.Equal([2L, 6], t.expand(2, 6).shape);
        Assert.Equal([1L, 2, 3], t.reshape(3, 2, 1).permute(2, 1, 0).shape);
        Assert.Equal([2L, 2, 2], t.chunk(3).Select(c => c.numel()));
        Assert.Equal([4L, 2], t.split(4).Select(c => c.numel()));
        Assert.Equal([1L, 2], Longs(t.narrow(0, 1, 2)));
    }

    [Fact]
    public void Tensors_are_joined()
    {
        Assert.Equal([4L, 3], cat(new List<Tensor> { ones(2, 3), zeros(2, 3) }, 0).shape);
        Assert.Equal([2L, 6], cat(new List<Tensor> { ones(2, 3), zeros(2, 3) }, 1).shape);
        Assert.Equal([2L, 3], stack(new List<Tensor> { ones(3), zeros(3) }).shape);
    }

    [Fact]
    public void Arithmetic_with_operators_and_numbers()
    {
        var t = tensor(new float[] { 1, 2 });

        Assert.Equal([2f, 4f], Values(t + t));
        Assert.Equal([0f, 1f], Values(t - 1));
        Assert.Equal([0f, -1f], Values(1 - t));
        Assert.Equal([2f, 4f], Values(2.0 * t));
        Assert.Equal([0.5f, 1f], Values(t / 2));
        Assert.Equal([-1f, -2f], Values(-t));
        Assert.Equal([1f, 4f], Values(t * t));
        Assert.Equal([1f, 4f], Values(t.pow(2)));
        Assert.Equal([3f, 6f], Values(t.add(t, alpha: 2)));
    }

    [Fact]
    public void In_place_products_and_quotients_are_added_with_a_factor()
    {
        var (a, b) = (tensor(new float[] { 2, 3 }), tensor(new float[] { 4, 6 }));

        Assert.Equal([1f + 0.5f * 8, 1 + 0.5f * 18], Values(ones(2).addcmul_(a, b, 0.5)));
        Assert.Equal([1.25f, 1.25f], Values(ones(2).addcdiv_(a, b, 0.5)));
        Assert.Equal([2f, 2f], Values(ones(2).lerp_(full([2], 3f), tensor(0.5f))));
        Assert.Equal([0.5f * 4 + 2 * 8], Values(full([1, 1], 4f).addmm_(full([1, 1], 2f), full([1, 1], 4f), 0.5f, 2f)));
        Assert.Equal([1f, 2f], Values(tensor(new float[] { 0, 5 }).clamp_(1, 2)));
    }

    [Fact]
    public void Reductions()
    {
        var t = tensor(new float[] { 1, 5, 3, 7 }).reshape(2, 2);

        Assert.Equal(16, t.sum().ToSingle());
        Assert.Equal(4, t.mean().ToSingle());
        Assert.Equal([2f, 6f], Values(t.mean(new long[] { 0 })));
        Assert.Equal((7f, 1f), (t.max().ToSingle(), t.min().ToSingle()));
        Assert.Equal([1L, 1], Longs(t.argmax(1)));
        Assert.Equal([5f, 7f], Values(t.max(1).values));
        Assert.Equal(MathF.Sqrt(84), t.norm().ToSingle(), 4);
        Assert.Equal(8, t.trace().ToSingle());
        Assert.Equal(20f / 3, t.var().ToSingle(), 4);
        Assert.True(t.eq(t).all().ToBoolean());
        Assert.False(t.gt(9).any().ToBoolean());
        Assert.True(allclose(t, t + 1e-9));
    }

    [Fact]
    public void Missing_numbers_are_found()
    {
        var t = tensor(new[] { 1, float.NaN, float.PositiveInfinity });

        Assert.Equal([false, true, false], t.isnan().data<bool>().ToArray());
        Assert.Equal([true, false, false], t.isfinite().data<bool>().ToArray());
        Assert.Equal([1f, 0f, 0f], Values(t.masked_fill(t.isfinite().logical_not(), 0.0)));
        Assert.Equal([1f, 9f, 9f], Values(where(t.isfinite(), t, full([3], 9f))));
    }

    [Fact]
    public void Types_and_devices_are_changed_by_copies()
    {
        var t = tensor(new float[] { 1.5f });

        Assert.Equal(float64, t.to(float64).dtype);
        Assert.Equal(bfloat16, t.to(bfloat16).dtype);
        Assert.Equal(1.5f, t.to(bfloat16).to(float32).ToSingle());
        Assert.Equal(DeviceType.CPU, t.cpu().device_type);
        Assert.Equal(t.device.type, t.to(CPU).device.type);
        Assert.Equal(int64, t.to(int64).dtype);
        Assert.Equal(2, t.to(bfloat16).element_size());
    }

    [Fact]
    public void A_device_that_is_not_there_is_an_error_that_the_process_survives()
    {
        if (cuda.is_available()) Assert.Skip("There is a CUDA device.");

        Assert.Equal(0, cuda.device_count());
        Assert.Throws<InvalidOperationException>(() => ones(1).to(CUDA));
        Assert.Throws<InvalidOperationException>(() => device("cuda:0"));
        Assert.False(TryInitializeDeviceType(DeviceType.CUDA));
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var t = ones(1);
        t.Dispose();

        Assert.True(t.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => t.add(1));
        t.Dispose();
    }

    [Fact]
    public void A_handle_can_be_borrowed_and_given_up()
    {
        var t = tensor(new float[] { 1, 2 });
        var alias = t.alias();

        var again = Tensor.UnsafeCreateTensor(alias.DecoupleFromNativeHandle());

        Assert.True(alias.IsInvalid);
        again.add_(1);
        Assert.Equal([2f, 3f], Values(t));
        Assert.NotEqual(t.Handle, again.Handle);
    }

    private static float[] Values(Tensor t) => t.flatten().data<float>().ToArray();

    private static long[] Longs(Tensor t) => t.flatten().data<long>().ToArray();
}
