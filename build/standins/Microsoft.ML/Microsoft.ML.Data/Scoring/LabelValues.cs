using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The key values of a label column, of whatever type: kept, saved and shown again as annotations.</summary>
internal sealed class LabelValues
{
    /// <summary>The types that can be saved, with their readers and writers. The place in this list is part of the format.</summary>
    private static readonly (PrimitiveDataViewType Type, Func<BinaryReader, object> Read, Action<BinaryWriter, object> Write)[] s_types =
    [
        (TextDataViewType.Instance, r => r.ReadString().AsMemory(), (w, v) => w.Write(((ReadOnlyMemory<char>)v).ToString())),
        (NumberDataViewType.Single, r => r.ReadSingle(), (w, v) => w.Write((float)v)),
        (NumberDataViewType.Double, r => r.ReadDouble(), (w, v) => w.Write((double)v)),
        (NumberDataViewType.SByte, r => r.ReadSByte(), (w, v) => w.Write((sbyte)v)),
        (NumberDataViewType.Byte, r => r.ReadByte(), (w, v) => w.Write((byte)v)),
        (NumberDataViewType.Int16, r => r.ReadInt16(), (w, v) => w.Write((short)v)),
        (NumberDataViewType.UInt16, r => r.ReadUInt16(), (w, v) => w.Write((ushort)v)),
        (NumberDataViewType.Int32, r => r.ReadInt32(), (w, v) => w.Write((int)v)),
        (NumberDataViewType.UInt32, r => r.ReadUInt32(), (w, v) => w.Write((uint)v)),
        (NumberDataViewType.Int64, r => r.ReadInt64(), (w, v) => w.Write((long)v)),
        (NumberDataViewType.UInt64, r => r.ReadUInt64(), (w, v) => w.Write((ulong)v)),
        (BooleanDataViewType.Instance, r => r.ReadBoolean(), (w, v) => w.Write((bool)v)),
        (TimeSpanDataViewType.Instance, r => new TimeSpan(r.ReadInt64()), (w, v) => w.Write(((TimeSpan)v).Ticks)),
        (DateTimeDataViewType.Instance, r => new DateTime(r.ReadInt64()), (w, v) => w.Write(((DateTime)v).Ticks)),
    ];

    private readonly VectorDataViewType _type;
    private readonly Array _values;

    private LabelValues(VectorDataViewType type, Array values)
    {
        _type = type;
        _values = values;
    }

    public bool AreTexts => _type.ItemType is TextDataViewType;

    /// <summary>The key values of a column, or null if it has none of a fixed number.</summary>
    public static LabelValues OfOrNull(DataViewSchema.Column column)
        => column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType { IsKnownSize: true } type
            ? new LabelValues(type, ((Func<DataViewSchema.Annotations, Array>)Fetch<int>).CallFor<Array>(type.ItemType.RawType, column.Annotations))
            : null;

    public void AddTo(DataViewSchema.Annotations.Builder builder, string kind)
        => ((Func<DataViewSchema.Annotations.Builder, string, VectorDataViewType, Array, object>)Add<int>)
            .CallFor<object>(_type.ItemType.RawType, builder, kind, _type, _values);

    public static void Save(BinaryWriter writer, LabelValues labels)
    {
        if (labels == null)
        {
            writer.Write(-1);
            return;
        }

        int place = Array.FindIndex(s_types, t => t.Type.Equals(labels._type.ItemType));
        Contracts.Check(place >= 0, $"Labels of type '{labels._type.ItemType}' cannot be saved with a multiclass model.");
        writer.Write(labels._values.Length);
        writer.Write(place);
        foreach (object value in labels._values)
            s_types[place].Write(writer, value);
    }

    public static LabelValues LoadOrNull(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count < 0)
            return null;
        int place = reader.ReadInt32();
        Contracts.CheckDecode(place >= 0 && place < s_types.Length);
        var (type, read, _) = s_types[place];
        var values = Array.CreateInstance(type.RawType, count);
        for (int i = 0; i < count; i++)
            values.SetValue(read(reader), i);
        return new LabelValues(new VectorDataViewType(type, count), values);
    }

    private static Array Fetch<T>(DataViewSchema.Annotations annotations)
    {
        VBuffer<T> values = default;
        annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref values);
        return values.DenseValues().ToArray();
    }

    private static object Add<T>(DataViewSchema.Annotations.Builder builder, string kind, VectorDataViewType type, Array values)
    {
        builder.AddVector(kind, type, (T[])values);
        return null;
    }
}
