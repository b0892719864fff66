using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>The values of classes as plain values: a code for their type, then each of them.</summary>
internal static class ClassKeyValues
{
    private const byte None = 0;

    /// <summary>Values that are keys themselves: their count and the code of their number type follow.</summary>
    private const byte Key = 17;

    /// <summary>Codes, from 1, are part of the format: never to be reused.</summary>
    private static readonly ItemFormat[] Formats =
    [
        new ItemFormat<bool>(1, BooleanDataViewType.Instance, 1, (w, v) => w.Byte(v ? (byte)1 : (byte)0), r => r.Byte(What) != 0),
        new ItemFormat<sbyte>(2, NumberDataViewType.SByte, 1, (w, v) => w.Byte((byte)v), r => (sbyte)r.Byte(What)),
        new ItemFormat<byte>(3, NumberDataViewType.Byte, 1, (w, v) => w.Byte(v), r => r.Byte(What)),
        new ItemFormat<short>(4, NumberDataViewType.Int16, 4, (w, v) => w.Int32(v), r => (short)r.Int32(What)),
        new ItemFormat<ushort>(5, NumberDataViewType.UInt16, 4, (w, v) => w.Int32(v), r => (ushort)r.Int32(What)),
        new ItemFormat<int>(6, NumberDataViewType.Int32, 4, (w, v) => w.Int32(v), r => r.Int32(What)),
        new ItemFormat<uint>(7, NumberDataViewType.UInt32, 4, (w, v) => w.Int32((int)v), r => (uint)r.Int32(What)),
        new ItemFormat<long>(8, NumberDataViewType.Int64, 8, (w, v) => w.Int64(v), r => r.Int64(What)),
        new ItemFormat<ulong>(9, NumberDataViewType.UInt64, 8, (w, v) => w.Int64((long)v), r => (ulong)r.Int64(What)),
        new ItemFormat<float>(10, NumberDataViewType.Single, 4, (w, v) => w.Int32(BitConverter.SingleToInt32Bits(v)), r => BitConverter.Int32BitsToSingle(r.Int32(What))),
        new ItemFormat<double>(11, NumberDataViewType.Double, 8, (w, v) => w.Double(v), r => r.Double(What)),
        new ItemFormat<ReadOnlyMemory<char>>(12, TextDataViewType.Instance, 4, (w, v) => w.Text(v.Span), r => r.Text(What).AsMemory()),
        new ItemFormat<DateTime>(13, DateTimeDataViewType.Instance, 9, WriteDateTime, ReadDateTime),
        new ItemFormat<DateTimeOffset>(14, DateTimeOffsetDataViewType.Instance, 16, WriteDateTimeOffset, ReadDateTimeOffset),
        new ItemFormat<TimeSpan>(15, TimeSpanDataViewType.Instance, 8, (w, v) => w.Int64(v.Ticks), r => new TimeSpan(r.Int64(What))),
        new ItemFormat<DataViewRowId>(16, RowIdDataViewType.Instance, 16, WriteRowId, r => new DataViewRowId((ulong)r.Int64(What), (ulong)r.Int64(What))),
    ];

    private const string What = "the values of the classes";
    private const string TypeWhat = "the type of the values of the classes";

    public static void Write(BodyWriter writer, ClassKeys? keys)
    {
        if (keys is null)
        {
            writer.Byte(None);
            return;
        }

        if (keys.ItemType is KeyDataViewType key)
        {
            writer.Byte(Key);
            writer.Int64((long)key.Count);
        }

        var format = Formats.First(f => f.Type.RawType == keys.ItemType.RawType);
        writer.Byte(format.Code);
        writer.Int32(keys.Count);
        format.Write(writer, keys);
    }

    public static ClassKeys? Read(BodyReader reader, int classes)
    {
        var code = reader.Byte(TypeWhat);
        if (code == None)
        {
            return null;
        }

        if (code != Key)
        {
            var format = Format(code);
            return ReadItems(reader, format, format.Type, classes);
        }

        var count = (ulong)reader.Int64(TypeWhat);
        var raw = Format(reader.Byte(TypeWhat));
        return count > 0 && count <= LargestKey(raw.Type.RawType)
            ? ReadItems(reader, raw, new KeyDataViewType(raw.Type.RawType, count), classes)
            : throw BodyReader.Damaged($"the values of its classes are {count} keys of the type {raw.Type}");
    }

    /// <summary>The most values that a key of this type can have; 0 for types that are no key's.</summary>
    private static ulong LargestKey(Type type) =>
        type == typeof(byte) ? byte.MaxValue
        : type == typeof(ushort) ? ushort.MaxValue
        : type == typeof(uint) ? uint.MaxValue
        : type == typeof(ulong) ? ulong.MaxValue
        : 0;

    private static ItemFormat Format(byte code) =>
        Formats.FirstOrDefault(f => f.Code == code) ?? throw BodyReader.Damaged($"the values of its classes have an unknown type, {code}");

    private static ClassKeys ReadItems(BodyReader reader, ItemFormat format, PrimitiveDataViewType type, int classes) =>
        reader.Count(format.LeastBytes, "values of classes") is var count && count == classes
            ? format.Read(reader, type, count)
            : throw BodyReader.Damaged($"it has {count} values for {classes} classes");

    private static void WriteDateTime(BodyWriter writer, DateTime value)
    {
        writer.Int64(value.Ticks);
        writer.Byte((byte)value.Kind);
    }

    private static DateTime ReadDateTime(BodyReader reader)
    {
        var ticks = Ticks(reader.Int64(What));
        var kind = (DateTimeKind)reader.Byte(What);
        return Enum.IsDefined(kind) ? new DateTime(ticks, kind) : throw BodyReader.Damaged($"a time is of the unknown kind {(byte)kind}");
    }

    private static void WriteDateTimeOffset(BodyWriter writer, DateTimeOffset value)
    {
        writer.Int64(value.UtcTicks);
        writer.Int64(value.Offset.Ticks);
    }

    private static DateTimeOffset ReadDateTimeOffset(BodyReader reader)
    {
        var utc = new DateTimeOffset(Ticks(reader.Int64(What)), TimeSpan.Zero);
        var offset = reader.Int64(What);
        try
        {
            return utc.ToOffset(new TimeSpan(offset));
        }
        catch (ArgumentException)
        {
            throw BodyReader.Damaged($"a time zone is {offset} ticks off");
        }
    }

    private static void WriteRowId(BodyWriter writer, DataViewRowId value)
    {
        writer.Int64((long)value.Low);
        writer.Int64((long)value.High);
    }

    private static long Ticks(long ticks) =>
        ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? ticks : throw BodyReader.Damaged($"{ticks} is no time");

    private abstract record ItemFormat(byte Code, PrimitiveDataViewType Type, int LeastBytes)
    {
        public abstract void Write(BodyWriter writer, ClassKeys keys);

        public abstract ClassKeys Read(BodyReader reader, PrimitiveDataViewType type, int count);
    }

    private sealed record ItemFormat<T>(
        byte Code, PrimitiveDataViewType Type, int LeastBytes, Action<BodyWriter, T> WriteItem, Func<BodyReader, T> ReadItem)
        : ItemFormat(Code, Type, LeastBytes)
    {
        public override void Write(BodyWriter writer, ClassKeys keys)
        {
            foreach (var value in ((ClassKeys<T>)keys).Values)
            {
                WriteItem(writer, value);
            }
        }

        public override ClassKeys Read(BodyReader reader, PrimitiveDataViewType type, int count)
        {
            var values = new T[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = ReadItem(reader);
            }

            return new ClassKeys<T>(type, [.. values]);
        }
    }
}
