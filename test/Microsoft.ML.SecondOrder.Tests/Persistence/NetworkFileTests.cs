using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

public sealed class NetworkFileTests
{
    [Theory]
    [InlineData()]
    [InlineData(4)]
    [InlineData(3, 1, 2)]
    public void All_parts_come_back(params int[] widths)
    {
        var network = Sample.Regression(widths);

        var read = Sample.Read(Sample.Bytes(network));

        Assert.Equal((network.Task, network.Network, network.Shape, network.Summary), (read.Task, read.Network, read.Shape, read.Summary));
        Assert.Equal((network.FeatureColumnName, network.LabelColumnName), (read.FeatureColumnName, read.LabelColumnName));
        Assert.Equal<FeatureColumn>(network.Features.Columns, read.Features.Columns);
        Assert.Equal(network.Features.Scaling.Offset, read.Features.Scaling.Offset);
        Assert.Equal(network.Features.Scaling.Scale, read.Features.Scaling.Scale);
        Assert.Equal(network.Label.Scalings, read.Label.Scalings);
        Assert.Null(read.Label.Keys);
        Assert.Equal(network.Weights.Select(w => w.Name), read.Weights.Select(w => w.Name));
        Assert.Equal(network.Weights.Select(w => w.Shape), read.Weights.Select(w => w.Shape));
        Assert.Equal(network.Weights.Select(w => w.Values), read.Weights.Select(w => w.Values));
    }

    [Fact]
    public void Writing_twice_gives_the_same_bytes() =>
        Assert.Equal(Sample.Bytes(Sample.Multiclass(null)), Sample.Bytes(Sample.Read(Sample.Bytes(Sample.Multiclass(null)))));

    [Theory]
    [InlineData()]
    [InlineData("a", "", "Ünïcödé", "a")]
    public void Targets_and_their_names_come_back(params string[] names)
    {
        var network = Sample.Targets(names);

        var read = Sample.Read(Sample.Bytes(network));

        Assert.Equal(network.Label.Scalings, read.Label.Scalings);
        Assert.Equal(network.Label.VectorType, read.Label.VectorType);
        Assert.Equal(names, read.Label.SlotNames);
    }

    [Fact]
    public void Class_values_of_every_type_come_back()
    {
        Returns<bool>(BooleanDataViewType.Instance, false, true, true);
        Returns<sbyte>(NumberDataViewType.SByte, -128, 0, 127);
        Returns<byte>(NumberDataViewType.Byte, 0, 1, 255);
        Returns<short>(NumberDataViewType.Int16, short.MinValue, 0, short.MaxValue);
        Returns<ushort>(NumberDataViewType.UInt16, 0, 1, ushort.MaxValue);
        Returns<int>(NumberDataViewType.Int32, int.MinValue, 0, int.MaxValue);
        Returns<uint>(NumberDataViewType.UInt32, 0, 1, uint.MaxValue);
        Returns<long>(NumberDataViewType.Int64, long.MinValue, 0, long.MaxValue);
        Returns<ulong>(NumberDataViewType.UInt64, 0, 1, ulong.MaxValue);
        Returns<float>(NumberDataViewType.Single, float.NaN, -0f, float.MaxValue);
        Returns<double>(NumberDataViewType.Double, double.NaN, double.NegativeInfinity, double.Epsilon);
        Returns<DateTime>(DateTimeDataViewType.Instance, DateTime.MinValue, DateTime.MaxValue, new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc));
        Returns<DateTimeOffset>(DateTimeOffsetDataViewType.Instance, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(-9.5)));
        Returns<TimeSpan>(TimeSpanDataViewType.Instance, TimeSpan.MinValue, TimeSpan.Zero, TimeSpan.MaxValue);
        Returns<DataViewRowId>(RowIdDataViewType.Instance, default, new DataViewRowId(1, 2), new DataViewRowId(ulong.MaxValue, 3));
        Returns<uint>(new KeyDataViewType(typeof(uint), 9), 1, 9, 0);
        Returns<byte>(new KeyDataViewType(typeof(byte), 3), 3, 2, 1);
    }

    [Fact]
    public void Class_names_of_any_text_come_back()
    {
        var names = new[] { "", "Ünïcödé \uD83D\uDE00", "lone \uDC00 surrogate" };

        var read = Sample.Read(Sample.Bytes(Sample.Multiclass(Sample.Names(names))));

        Assert.Equal(names, ((ClassKeys<ReadOnlyMemory<char>>)read.Label.Keys!).Values.Select(v => v.ToString()));
        Assert.True(read.Label.Keys.AreText);
    }

    [Fact]
    public void It_reads_its_own_bytes_and_not_one_more()
    {
        var bytes = Sample.Bytes(Sample.Regression(3));
        using var reader = new BinaryReader(new MemoryStream([.. bytes, 1, 2, 3]));

        NetworkFile.Read(reader);

        Assert.Equal(bytes.Length, reader.BaseStream.Position);
    }

    [Fact]
    public void Every_truncation_is_a_format_error()
    {
        var bytes = Sample.Bytes(Sample.Multiclass(Sample.Names("a", "b", "c")));

        for (var length = 0; length < bytes.Length; length++)
        {
            var error = Assert.Throws<FormatException>(() => Sample.Read(bytes[..length]));
            Assert.Contains("The saved network is damaged: it ends after", error.Message);
        }
    }

    [Fact]
    public void Every_flipped_bit_is_a_format_error()
    {
        var bytes = Sample.Bytes(Sample.Multiclass(Sample.Names("a", "b", "c")));

        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Throws<FormatException>(() => Sample.Read(damaged));
        }
    }

    [Fact]
    public void A_newer_version_is_named_with_the_way_out()
    {
        var bytes = Sample.Bytes(Sample.Regression(3));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), 7);

        var error = Assert.Throws<FormatException>(() => Sample.Read(Resealed(bytes)));

        Assert.Contains("has format version 7, and this Microsoft.ML.SecondOrder reads versions 1 to 1. Update the package", error.Message);
    }

    [Fact]
    public void Another_kind_of_file_is_a_format_error()
    {
        var bytes = "PK and so on: some other kind of file"u8.ToArray();

        var error = Assert.Throws<FormatException>(() => Sample.Read(bytes));

        Assert.Contains("This is not a network", error.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(2_000_000_000)]
    public void A_length_that_lies_is_a_format_error_and_costs_no_memory(long length)
    {
        var bytes = Sample.Bytes(Sample.Regression(3));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<FormatException>(() => Sample.Read(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    /// <summary>With the checksum that belongs to the changed contents.</summary>
    private static byte[] Resealed(byte[] bytes) => [.. bytes[..^32], .. SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32))];

    private static void Returns<T>(PrimitiveDataViewType type, params T[] values)
    {
        var read = Sample.Read(Sample.Bytes(Sample.Multiclass(new ClassKeys<T>(type, [.. values])))).Label.Keys;

        Assert.Equal(values.ToImmutableArray(), Assert.IsType<ClassKeys<T>>(read).Values);
        Assert.Equal(type, read!.ItemType);
        if (values is DateTime[] times)
        {
            Assert.Equal(times.Select(t => t.Kind), ((ClassKeys<DateTime>)read).Values.Select(t => t.Kind));
        }

        if (values is DateTimeOffset[] offsets)
        {
            Assert.Equal(offsets.Select(t => t.Offset), ((ClassKeys<DateTimeOffset>)read).Values.Select(t => t.Offset));
        }
    }
}
