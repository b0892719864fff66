using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

/// <summary>Bodies that were made up, as if with a right checksum.</summary>
public sealed class NetworkBodyTests
{
    private static readonly byte[][] Words =
    [
        BitConverter.GetBytes(int.MaxValue), BitConverter.GetBytes(-1), BitConverter.GetBytes(int.MinValue), BitConverter.GetBytes(0),
        BitConverter.GetBytes(float.NaN), BitConverter.GetBytes(float.PositiveInfinity), BitConverter.GetBytes(65_536), BitConverter.GetBytes(1),
    ];

    [Fact]
    public void Any_word_anywhere_gives_a_network_or_a_format_error_and_costs_little_memory()
    {
        foreach (var body in Bodies())
        {
            for (var at = 0; at + sizeof(int) <= body.Length; at++)
            {
                foreach (var word in Words)
                {
                    var changed = (byte[])body.Clone();
                    word.CopyTo(changed, at);
                    Decode(changed);
                }
            }
        }
    }

    [Fact]
    public void Random_changes_give_a_network_or_a_format_error()
    {
        var random = new Random(1);
        foreach (var body in Bodies())
        {
            for (var i = 0; i < 10_000; i++)
            {
                var changed = (byte[])body.Clone();
                for (var n = random.Next(1, 6); n > 0; n--)
                {
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                }

                Decode(random.Next(4) == 0 ? changed[..random.Next(changed.Length)] : changed);
            }
        }
    }

    [Fact]
    public void Bytes_left_over_are_a_format_error()
    {
        var body = NetworkBody.Encode(Sample.Regression(3)).ToArray();

        var error = Assert.Throws<FormatException>(() => NetworkBody.Decode((byte[])[.. body, 0]));

        Assert.Contains("1 bytes are left over", error.Message);
    }

    [Fact]
    public void An_unknown_kind_of_network_is_named()
    {
        var writer = new BodyWriter();
        writer.Byte((byte)NetworkTask.Regression);
        writer.Text("transformer");
        var body = writer.Written.ToArray();

        var error = Assert.Throws<FormatException>(() => NetworkBody.Decode(body));

        Assert.Contains("an unknown kind of network, 'transformer'", error.Message);
    }

    [Fact]
    public void A_count_larger_than_the_rest_is_refused_before_it_is_allocated()
    {
        var writer = new BodyWriter();
        writer.Byte((byte)NetworkTask.Regression);
        writer.Text("mlp");
        writer.Text("Silu");
        writer.Int32(500_000_000);
        var body = writer.Written.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<FormatException>(() => NetworkBody.Decode(body));

        Assert.Contains("it announces 500000000 numbers of the network, but only 0 bytes follow", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData(NetworkTask.Regression)]
    [InlineData(NetworkTask.MulticlassClassification)]
    public void How_sure_a_network_is_comes_back_to_the_bit(NetworkTask task)
    {
        var network = Sample.Certain(task);

        var body = NetworkBody.Encode(network).ToArray();
        var read = NetworkBody.Decode(body);

        Assert.Equal(body, NetworkBody.Encode(read).ToArray());
        Assert.Equal(network.Temperature, read.Temperature);
        Assert.Equal(network.InputRelevances, read.InputRelevances);
        Assert.Equal(network.Uncertainty! with { Layers = [] }, read.Uncertainty! with { Layers = [] });
        Assert.Equal(network.Uncertainty!.Layers.SelectMany(l => l.Right), read.Uncertainty!.Layers.SelectMany(l => l.Right));
    }

    private static IEnumerable<byte[]> Bodies()
    {
        yield return NetworkBody.Encode(Sample.Certain(NetworkTask.Regression)).ToArray();
        yield return NetworkBody.Encode(Sample.Certain(NetworkTask.MulticlassClassification)).ToArray();
        yield return NetworkBody.Encode(Sample.Regression(3)).ToArray();
        yield return NetworkBody.Encode(Sample.Targets("a", "", "bc", "d")).ToArray();
        yield return NetworkBody.Encode(Sample.Multiclass(Sample.Names("a", "bc", ""))).ToArray();
        yield return NetworkBody.Encode(Sample.Multiclass(new ClassKeys<DateTimeOffset>(
            DateTimeOffsetDataViewType.Instance, [DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue]))).ToArray();
    }

    /// <summary>Anything but a network or a format error fails the test.</summary>
    private static void Decode(byte[] body)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            NetworkBody.Decode(body);
        }
        catch (FormatException)
        {
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }
}
