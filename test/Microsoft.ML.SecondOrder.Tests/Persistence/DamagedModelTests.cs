using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Tests.Catalog;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

/// <summary>Whole model files and large networks, damaged anywhere: a clear error or the same bits, and little memory.</summary>
public sealed class DamagedModelTests
{
    private const long Slack = 64 << 20;

    [Fact]
    public void Some_truncations_and_mutations_of_a_model_file() => Damage(truncationStep: 29, mutations: 400);

    /// <summary>Takes minutes; run with <c>-explicit only</c>.</summary>
    [Fact(Explicit = true)]
    public void Every_truncation_and_20_000_mutations_of_a_model_file() => Damage(truncationStep: 1, mutations: 20_000);

    [Fact]
    public void Mutations_with_a_checksum_that_fits_are_a_network_or_a_format_error()
    {
        var random = new Random(2);
        foreach (var original in new[] { Sample.Bytes(Sample.Regression(3)), Sample.Bytes(Sample.Targets("a", "b", "c", "d")), Sample.Bytes(Sample.Multiclass(Sample.Names("a", "b", "c"))) })
        {
            for (var i = 0; i < 7_000; i++)
            {
                var bytes = Mutated(original, random, 20)[..^32];
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), bytes.Length - 20);
                byte[] file = [.. bytes, .. SHA256.HashData(bytes)];
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    Sample.Read(file);
                }
                catch (FormatException error)
                {
                    Assert.Contains("The saved network is damaged: ", error.Message);
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
            }
        }
    }

    [Fact]
    public void A_large_network_takes_twice_its_file_to_load_whole_or_damaged()
    {
        var file = Sample.Bytes(Sample.Regression(2000, 2000, 2000));
        var random = new Random(3);
        Assert.InRange(file.Length, 32_000_000, 40_000_000);

        InLittleMemory(file, () => Sample.Read(file));
        for (var i = 0; i < 4; i++)
        {
            var damaged = (byte[])file.Clone();
            damaged[random.Next(i == 0 ? 1000 : damaged.Length - 32)] ^= 0x41;
            InLittleMemory(file, () => Assert.Throws<FormatException>(() => Sample.Read(damaged)));
            SHA256.HashData(damaged.AsSpan(0, damaged.Length - 32)).CopyTo(damaged.AsSpan(damaged.Length - 32));
            InLittleMemory(file, () =>
            {
                try
                {
                    Sample.Read(damaged);
                }
                catch (FormatException)
                {
                }
            });
        }

        static void InLittleMemory(byte[] file, Action read)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            read();
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2L * file.Length + (1 << 20));
        }
    }

    private static void Damage(int truncationStep, int mutations)
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, 30);
        using var stream = new MemoryStream();
        var model = ml.Regression.Trainers.NeuralNetwork("Number", network: Network.Mlp(4), maximumNumberOfEpochs: 1).Fit(data);
        ml.Model.Save(model, data.Schema, stream);
        var file = stream.ToArray();
        var expected = Scores.Of(model.Transform(data));
        var random = new Random(1);

        for (var length = 0; length < file.Length; length += truncationStep)
        {
            Load(file[..length], data, expected, file.Length);
        }

        // ML.NET's own reader of the schema does not end for some damage: nothing that a model of ours could prevent.
        var schema = file.AsSpan().LastIndexOf("PK\x03\x04"u8)..file.AsSpan().IndexOf("PK\x01\x02"u8);
        Assert.Equal("Schema", Encoding.ASCII.GetString(file, schema.Start.Value + 30, 6));
        for (var i = 0; i < mutations; i++)
        {
            var mutated = Mutated(file, random, 0);
            file[schema].CopyTo(mutated, schema.Start.Value);
            Load(mutated, data, expected, file.Length);
        }
    }

    private static byte[] Mutated(byte[] original, Random random, int from)
    {
        var bytes = (byte[])original.Clone();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var at = random.Next(from, bytes.Length);
            bytes[at] = random.Next(3) == 0 ? (byte)(bytes[at] ^ (1 << random.Next(8))) : (byte)random.Next(256);
        }

        return bytes;
    }

    private static void Load(byte[] file, IDataView data, string[] expected, int length)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        ITransformer? model = null;
        try
        {
            model = new MLContext().Model.Load(new MemoryStream(file), out _);
        }
        catch (Exception error)
        {
            // What ML.NET says of its own parts of the file is its own matter.
            Assert.True(error.GetBaseException() is FormatException || !error.ToString().Contains("at Microsoft.ML.SecondOrder.Persistence", StringComparison.Ordinal), error.ToString());
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2L * length + Slack);
        if (model is not null)
        {
            Assert.Equal(expected, Scores.Of(model.Transform(data)));
        }
    }
}
