using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Event files are read back by a reader that shares nothing with the writer.</summary>
public sealed class TensorBoardTests
{
    [Fact]
    public void The_checksum_of_the_reader_is_castagnolis() =>
        Assert.Equal(0xE3069283u, Checksum(Encoding.ASCII.GetBytes("123456789"))); // RFC 3720, the usual check value

    [Fact]
    public void Numbers_come_back_with_tag_step_and_time()
    {
        using var folder = new Support.TemporaryFolder();
        var clock = new FixedClock(new DateTimeOffset(2026, 11, 23, 12, 0, 0, 500, TimeSpan.Zero));
        using (var writer = new TensorBoardWriter(folder.File("logs"), clock))
        {
            writer.Scalar("größe/x", 300, 1.5);
            writer.Scalar("negative", -1, double.NaN);
        }

        var events = Read(folder.File("logs/run1/events.out.tfevents.secondorder"));

        var time = clock.Now.ToUnixTimeMilliseconds() / 1000.0;
        Assert.Equal([(time, 0, "brain.Event:2", 0f), (time, 300, "größe/x", 1.5f), (time, -1, "negative", float.NaN)], events);
    }

    [Fact]
    public void Every_fit_is_a_run_with_a_point_an_epoch()
    {
        using var folder = new Support.TemporaryFolder();
        var ml = new MLContext(1);
        var seen = new List<EpochMetrics>();
        var options = new NeuralNetworkBinaryTrainer.Options
        {
            LabelColumnName = nameof(Example.Flag),
            MaximumNumberOfEpochs = 3,
            TensorBoardFolder = folder.File("logs"),
            MetricsCallback = seen.Add,
        };

        var rows = Examples.View(ml, 60);
        ml.BinaryClassification.Trainers.NeuralNetwork(options).Fit(rows);
        ml.BinaryClassification.Trainers.NeuralNetwork(options).Fit(rows);

        var events = Read(folder.File("logs/run2/events.out.tfevents.secondorder"));
        Assert.Equal(6, seen.Count);
        Assert.Equal(seen.Skip(3).Select(m => (m.Epoch, (float)m.TrainingLoss)), events.Where(e => e.Tag == "loss/training").Select(e => ((int)e.Step, e.Value)));
        Assert.Equal(3, events.Count(e => e.Tag == "accuracy/training"));
        Assert.Equal(3, events.Count(e => e.Tag == "damping/hidden1"));
        Assert.True(File.Exists(folder.File("logs/run1/events.out.tfevents.secondorder")));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_an_error_before_the_training()
    {
        using var folder = new Support.TemporaryFolder();
        File.WriteAllText(folder.File("taken"), "");
        var ml = new MLContext(1);
        var trainer = ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
        {
            LabelColumnName = nameof(Example.Flag),
            TensorBoardFolder = folder.File("taken"),
            MetricsCallback = _ => Assert.Fail("trained"),
        });

        Assert.ThrowsAny<IOException>(() => trainer.Fit(Examples.View(ml, 60)));
    }

    private static List<(double Time, long Step, string Tag, float Value)> Read(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var events = new List<(double, long, string, float)>();
        while (!rest.IsEmpty)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(rest);
            Assert.Equal(Masked(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            var data = rest.Slice(12, length);
            Assert.Equal(Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            events.Add(Event(Fields(data)));
            rest = rest[(16 + length)..];
        }

        return events;
    }

    private static (double, long, string, float) Event(Dictionary<int, byte[]> fields)
    {
        var time = BitConverter.ToDouble(fields[1]);
        if (fields.TryGetValue(3, out var version))
        {
            return (time, 0, Encoding.UTF8.GetString(version), 0);
        }

        var value = Fields(Fields(fields[5])[1]);
        return (time, BitConverter.ToInt64(fields[2]), Encoding.UTF8.GetString(value[1]), BitConverter.ToSingle(value[2]));
    }

    /// <summary>The fields of a message by number: what was sent, or eight bytes for a varint.</summary>
    private static Dictionary<int, byte[]> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new Dictionary<int, byte[]>();
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            var size = (tag & 7) switch { 0 => 0, 1 => 8, 2 => (int)Varint(ref message), 5 => 4, _ => throw new FormatException("wire type") };
            fields.Add((int)(tag >> 3), (tag & 7) == 0 ? BitConverter.GetBytes(Varint(ref message)) : message[..size].ToArray());
            message = message[size..];
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var (value, i) = (0UL, 0);
        do
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
        }
        while (bytes[i++] >= 0x80);
        bytes = bytes[i..];
        return value;
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = Checksum(data);
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    /// <summary>Bit by bit, with the reversed polynomial.</summary>
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var crc = 0xffffffffu;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
            }
        }

        return ~crc;
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
