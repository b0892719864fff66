using System.Security.Cryptography;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Optimizers;

public sealed class OptimizerFileTests : IDisposable
{
    private static readonly SingdOptions _options = new() { UpdateInterval = 2, Inputs = MatrixPattern.Hierarchical(2, 1), Outputs = MatrixPattern.Dense };
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void Training_goes_on_bit_for_bit_from_a_saved_state(int stepsBefore)
    {
        using var first = NewNetwork(1);
        using var original = new SecondOrderOptimizer(first, _options, 0.05, normConstraint: 1e-2);
        Train(first, original, 0, stepsBefore);
        using var saved = Save(original);
        using var second = NewNetwork(2);
        Copy(first, second);
        using var resumed = new SecondOrderOptimizer(second, _options, 0.05, normConstraint: 1e-2);
        Train(second, resumed, 50, 3); // whatever it did before is forgotten
        Copy(first, second);

        resumed.LoadState(saved);
        Train(first, original, stepsBefore, 5);
        Train(second, resumed, stepsBefore, 5);

        Assert.Equal(original.Steps, resumed.Steps);
        foreach (var (a, b) in first.parameters().Zip(second.parameters()))
        {
            Assert.True(a.eq(b).all().ToBoolean());
        }
    }

    [Fact]
    public void State_moves_with_the_model()
    {
        using var network = NewNetwork(1);
        using var twin = NewNetwork(2);
        Copy(network, twin);
        using var moved = new SecondOrderOptimizer(network, _options, 0.05);
        using var stayed = new SecondOrderOptimizer(twin, _options, 0.05);
        Train(network, moved, 0, 3);
        Train(twin, stayed, 0, 3);

        network.to(CPU);
        moved.to(CPU);
        Train(network, moved, 3, 3);
        Train(twin, stayed, 3, 3);

        foreach (var (a, b) in network.parameters().Zip(twin.parameters()))
        {
            Assert.True(a.eq(b).all().ToBoolean());
        }
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_is_found_and_nothing_changes()
    {
        using var network = NewNetwork(1);
        using var optimizer = new SecondOrderOptimizer(network, _options, 0.05);
        Train(network, optimizer, 0, 3);
        var bytes = Save(optimizer).ToArray();

        for (var cut = 0; cut < bytes.Length; cut += 7)
        {
            Refused(bytes[..cut]);
        }

        for (var at = 0; at < bytes.Length; at += 3)
        {
            var changed = (byte[])bytes.Clone();
            changed[at] ^= 0x10;
            Refused(changed);
        }

        Assert.Equal(bytes, Save(optimizer).ToArray());

        void Refused(byte[] file) => Assert.Throws<FormatException>(() => optimizer.LoadState(new MemoryStream(file)));
    }

    [Fact]
    public void Crafted_sizes_are_refused_before_anything_is_allocated()
    {
        using var network = NewNetwork(1);
        using var optimizer = new SecondOrderOptimizer(network, _options, 0.05);
        var bytes = Save(optimizer).ToArray();
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            // Any number in the body becomes huge or negative, under a checksum that is right.
            var changed = (byte[])bytes.Clone();
            BitConverter.TryWriteBytes(changed.AsSpan(20 + random.Next(bytes.Length - 20 - 32 - 8)), random.Next(2) == 0 ? long.MaxValue / 4 : -5L);
            SHA256.HashData(changed.AsSpan(0, bytes.Length - 32), changed.AsSpan(bytes.Length - 32));

            try
            {
                optimizer.LoadState(new MemoryStream(changed));
            }
            catch (FormatException)
            {
                // the only exception allowed
            }
        }
    }

    [Fact]
    public void State_of_another_model_other_settings_or_a_newer_version_is_refused_with_the_reason()
    {
        using var network = NewNetwork(1);
        using var optimizer = new SecondOrderOptimizer(network, _options, 0.05);
        using var dense = new SecondOrderOptimizer(network, new SingdOptions(), 0.05);
        using var other = nn.Sequential(("other", nn.Linear(3, 1)));
        using var otherOptimizer = new SecondOrderOptimizer(other, _options, 0.05);
        var newer = Save(optimizer).ToArray();
        newer[8] = 9;

        Assert.Contains("'a/K/", Assert.Throws<FormatException>(() => dense.LoadState(Save(optimizer))).Message);
        Assert.Contains("'other/K/0'", Assert.Throws<FormatException>(() => otherOptimizer.LoadState(Save(optimizer))).Message);
        Assert.Contains("version 9", Assert.Throws<FormatException>(() => optimizer.LoadState(new MemoryStream(newer))).Message);
    }

    private static MemoryStream Save(SecondOrderOptimizer optimizer)
    {
        var stream = new MemoryStream();
        optimizer.SaveState(stream);
        stream.Position = 0;
        return stream;
    }

    private static nn.Module<Tensor, Tensor> NewNetwork(int seed)
    {
        var network = nn.Sequential(("a", nn.Linear(3, 5)), ("norm", nn.LayerNorm(5)), ("t", nn.Tanh()), ("b", nn.Linear(5, 1)));
        Seeded.Fill(network, seed);
        return network;
    }

    private static void Copy(nn.Module from, nn.Module to)
    {
        using var gradMode = no_grad();
        foreach (var (a, b) in from.parameters().Zip(to.parameters()))
        {
            b.copy_(a);
        }
    }

    private static void Train(nn.Module<Tensor, Tensor> network, SecondOrderOptimizer optimizer, int firstBatch, int count)
    {
        for (var i = firstBatch; i < firstBatch + count; i++)
        {
            using var scope = NewDisposeScope();
            var source = new Random(i);
            var x = tensor(Enumerable.Range(0, 24).Select(_ => source.NextSingle()).ToArray()).reshape(8, 3);
            optimizer.zero_grad();
            network.call(x).sub(x.sum(dim: 1L).unsqueeze(1)).square().mean().backward();
            optimizer.step();
        }
    }
}
