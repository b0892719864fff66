using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Tests.Networks;

public sealed class SafeTensorsTests
{
    [Fact]
    public void What_was_written_comes_back()
    {
        NamedWeights[] weights = [new("b.weight", [2, 3], [1, 2, 3, 4, 5, -6.5f]), new("a", [], [7]), new("none", [0, 4], [])];
        var file = new MemoryStream();
        SafeTensors.Write(file, weights);
        file.Position = 0;

        var read = SafeTensors.Read(file);

        Assert.Equal(weights.Select(w => w.Name), read.Select(w => w.Name));
        Assert.All(weights.Zip(read), p =>
        {
            Assert.Equal(p.First.Shape, p.Second.Shape);
            Assert.Equal(p.First.Values, p.Second.Values);
        });
    }

    [Fact]
    public void Types_become_single_precision_and_unwanted_tensors_are_left_alone()
    {
        const string Header = """
            {"__metadata__":{"format":"pt"},"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[1],"data_offsets":[8,10]},
            "b":{"dtype":"BF16","shape":[1],"data_offsets":[10,12]},"i":{"dtype":"I64","shape":[1],"data_offsets":[12,20]}}
            """;
        var body = new byte[20];
        BinaryPrimitives.WriteDoubleLittleEndian(body, 1.5);
        BinaryPrimitives.WriteHalfLittleEndian(body.AsSpan(8), (Half)(-0.25));
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(10), 0x3FC0);

        var read = SafeTensors.Read(File(Header, body), name => name != "i");

        Assert.Equal([("d", 1.5f), ("h", -0.25f), ("b", 1.5f)], read.Select(w => (w.Name, w.Values[0])));
        Assert.Contains("'i' is of type I64", Assert.Throws<FormatException>(() => SafeTensors.Read(File(Header, body))).Message);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "take 8 bytes, but 12 follow")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "begins at byte 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "does not fit its place")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,-8]}}""", 8, "no type, shape and place")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "no type, shape and place")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "no type, shape and place")]
    [InlineData("""{"a":{"dtype":"S","shape":[2],"data_offsets":[0,8]}}""", 8, "no type, shape and place")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "no type, shape and place")]
    [InlineData("""{"a":5}""", 0, "no type, shape and place")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "twice")]
    [InlineData("[]", 0, "no JSON object")]
    [InlineData("{", 0, "header of")]
    [InlineData("{x", 0, "no JSON")]
    public void Damage_is_named(string header, int bytes, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => SafeTensors.Read(File(header, new byte[bytes]))).Message);

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1000)]
    public void A_wrong_length_of_the_header_takes_no_memory(long length)
    {
        var bytes = new byte[20];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);

        Assert.Contains($"header of {length}", Assert.Throws<FormatException>(() => SafeTensors.Read(new MemoryStream(bytes))).Message);
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_of_the_header_is_an_error_or_reads_the_same_size()
    {
        var file = new MemoryStream();
        SafeTensors.Write(file, [new("layer.weight", [2, 3], [1, 2, 3, 4, 5, 6]), new("layer.bias", [2], [7, 8])]);
        var whole = file.ToArray();
        for (var i = 0; i < whole.Length; i++)
        {
            Assert.Throws<FormatException>(() => SafeTensors.Read(new MemoryStream(whole[..i])));
            var changed = (byte[])whole.Clone();
            changed[i] ^= (byte)(1 + i % 255);
            try
            {
                Assert.True(SafeTensors.Read(new MemoryStream(changed)).Sum(w => w.Values.Length) <= 16);
            }
            catch (FormatException)
            {
            }
        }
    }

    private static MemoryStream File(string header, byte[] body)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, Encoding.UTF8.GetByteCount(header));
        return new MemoryStream([.. prefix, .. Encoding.UTF8.GetBytes(header), .. body]);
    }
}
