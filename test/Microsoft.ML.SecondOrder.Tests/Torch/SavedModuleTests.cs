using System.Text;
using Microsoft.ML.SecondOrder.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>The file of a module: count, then name, type, shape and raw bytes of each tensor.</summary>
public sealed class SavedModuleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_module_comes_back_as_it_was()
    {
        var (from, to) = (nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.BatchNorm1d(2))), nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.BatchNorm1d(2))));
        var path = _folder.File("module.dat");

        from.save(path);
        to.load(path);

        Assert.Equal(from.state_dict().SelectMany(p => p.Value.bytes.ToArray()), to.state_dict().SelectMany(p => p.Value.bytes.ToArray()));
    }

    [Fact]
    public void The_format_is_the_same_everywhere()
    {
        var layer = nn.Linear(2, 1, hasBias: false);
        using (no_grad()) layer.weight.copy_(tensor(new float[] { 1, -2 }).reshape(1, 2));
        var path = _folder.File("module.dat");

        layer.save(path);

        using var expected = new MemoryStream();
        using (var writer = new BinaryWriter(expected, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write((byte)1);              // tensors
            writer.Write("weight");
            writer.Write((byte)ScalarType.Float32);
            writer.Write((byte)2);              // dimensions
            writer.Write((byte)1);
            writer.Write((byte)2);
            writer.Write(1f);
            writer.Write(-2f);
        }
        Assert.Equal(expected.ToArray(), File.ReadAllBytes(path));
    }

    [Fact]
    public void A_stream_is_closed_a_writer_may_leave_it_open()
    {
        var layer = nn.Linear(2, 1);
        using var closed = new MemoryStream();
        layer.save(closed);
        Assert.False(closed.CanWrite);

        using var open = new MemoryStream();
        using (var writer = new BinaryWriter(open, Encoding.UTF8, leaveOpen: true)) layer.save(writer);
        open.Position = 0;
        using (var reader = new BinaryReader(open, Encoding.UTF8, leaveOpen: true)) layer.load(reader);

        Assert.True(open.CanRead);
    }

    [Fact]
    public void A_truncated_file_is_an_end_of_stream()
    {
        var layer = nn.Linear(20, 10);
        var path = _folder.File("module.dat");
        layer.save(path);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);

        Assert.Throws<EndOfStreamException>(() => layer.load(path));
    }

    [Fact]
    public void A_module_of_other_names_or_shapes_is_refused()
    {
        var path = _folder.File("module.dat");
        nn.Linear(3, 2).save(path);

        Assert.Throws<ArgumentException>(() => nn.Linear(4, 2).load(path));
        Assert.Throws<ArgumentException>(() => nn.Sequential(("a", nn.Linear(3, 2))).load(path));
    }

    [Fact]
    public void Any_damage_is_an_error_or_goes_unnoticed_but_never_ends_the_process()
    {
        // There is no checksum: whoever cares must add one.
        var layer = nn.Linear(8, 4);
        using var saved = new MemoryStream();
        using (var writer = new BinaryWriter(saved, Encoding.UTF8, leaveOpen: true)) layer.save(writer);
        var random = new Random(1);
        var refused = 0;

        for (var i = 0; i < 100; i++)
        {
            var bytes = saved.ToArray();
            bytes[random.Next(Math.Min(bytes.Length, i < 50 ? 12 : bytes.Length))] ^= (byte)(1 << random.Next(8));
            try
            {
                layer.load(new MemoryStream(bytes));
            }
            catch (Exception)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 99);
    }
}
