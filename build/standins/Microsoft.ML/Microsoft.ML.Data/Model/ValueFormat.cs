using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes values of columns, and reads them into lists.</summary>
internal static class ValueFormat
{
    /// <summary>What writes the row's present value of a column.</summary>
    public static Action<BinaryWriter> MakeWriter(DataViewRow row, DataViewSchema.Column column)
    {
        Func<DataViewRow, DataViewSchema.Column, Action<BinaryWriter>> make = column.Type is VectorDataViewType ? VectorWriter<int> : ScalarWriter<int>;
        return make.CallFor<Action<BinaryWriter>>(column.Type.GetItemType().RawType, row, column);
    }

    public static ValueList MakeList(DataViewType type)
    {
        Func<DataViewType, ValueList> make = type is VectorDataViewType ? VectorList<int> : ScalarList<int>;
        return make.CallFor<ValueList>(type.GetItemType().RawType, type);
    }

    private static Action<BinaryWriter> ScalarWriter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return writer =>
        {
            getter(ref value);
            WriteItem(writer, value);
        };
    }

    private static Action<BinaryWriter> VectorWriter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return writer =>
        {
            getter(ref value);
            var items = value.GetValues();
            writer.Write(value.Length);
            writer.Write(items.Length);
            foreach (int index in value.GetIndices())
                writer.Write(index);
            foreach (var item in items)
                WriteItem(writer, item);
        };
    }

    private static ValueList ScalarList<T>(DataViewType type) => new ValueList<T>(type, ReadItem<T>);

    private static ValueList VectorList<T>(DataViewType type) => new ValueList<VBuffer<T>>(type, ReadVector<T>);

    private static VBuffer<T> ReadVector<T>(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        int count = reader.ReadInt32();
        Contracts.CheckDecode(length >= 0 && count >= 0 && count <= length);
        int[] indices = null;
        if (count < length)
        {
            indices = new int[count];
            for (int i = 0; i < count; i++)
                indices[i] = reader.ReadInt32();
        }

        var values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = ReadItem<T>(reader);
        return new VBuffer<T>(length, count, values, indices);
    }

    private static void WriteItem<T>(BinaryWriter writer, T value)
    {
        if (value is ReadOnlyMemory<char> text)
            writer.Write(text.ToString());
        else
            writer.Write(AsBytes(ref value));
    }

    private static T ReadItem<T>(BinaryReader reader)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (T)(object)reader.ReadString().AsMemory();
        T value = default;
        reader.BaseStream.ReadExactly(AsBytes(ref value));
        return value;
    }

    /// <summary>The bytes of a value without references: number, boolean, time.</summary>
    private static Span<byte> AsBytes<T>(ref T value)
    {
        Contracts.Check(!RuntimeHelpers.IsReferenceOrContainsReferences<T>(), $"Values of type '{typeof(T)}' cannot be saved.");
        return MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>());
    }
}

/// <summary>Values of a column in memory.</summary>
internal abstract class ValueList(DataViewType type)
{
    public DataViewType Type { get; } = type;

    public abstract void Read(BinaryReader reader);

    public abstract Delegate MakeGetter(Func<int> place);
}

internal sealed class ValueList<T>(DataViewType type, Func<BinaryReader, T> read) : ValueList(type)
{
    private readonly List<T> _values = [];

    public override void Read(BinaryReader reader) => _values.Add(read(reader));

    public override Delegate MakeGetter(Func<int> place) => (ValueGetter<T>)((ref T value) => ValueCopier.Copy(_values[place()], ref value));
}
