using System.Collections.Immutable;
using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The values that the keys of a label column stand for, copied out of its annotation.</summary>
internal abstract class ClassKeys
{
    public const string AnnotationKind = "KeyValues";

    private static readonly Dictionary<Type, IFactory> Factories = new()
    {
        [typeof(bool)] = new Factory<bool>(),
        [typeof(sbyte)] = new Factory<sbyte>(),
        [typeof(byte)] = new Factory<byte>(),
        [typeof(short)] = new Factory<short>(),
        [typeof(ushort)] = new Factory<ushort>(),
        [typeof(int)] = new Factory<int>(),
        [typeof(uint)] = new Factory<uint>(),
        [typeof(long)] = new Factory<long>(),
        [typeof(ulong)] = new Factory<ulong>(),
        [typeof(float)] = new Factory<float>(),
        [typeof(double)] = new Factory<double>(),
        [typeof(ReadOnlyMemory<char>)] = new Factory<ReadOnlyMemory<char>>(),
        [typeof(DateTime)] = new Factory<DateTime>(),
        [typeof(DateTimeOffset)] = new Factory<DateTimeOffset>(),
        [typeof(TimeSpan)] = new Factory<TimeSpan>(),
        [typeof(DataViewRowId)] = new Factory<DataViewRowId>(),
    };

    private interface IFactory
    {
        ClassKeys Read(DataViewSchema.Column label, PrimitiveDataViewType itemType);

        ClassKeys Blank(PrimitiveDataViewType itemType, int count);
    }

    public abstract PrimitiveDataViewType ItemType { get; }

    public abstract int Count { get; }

    public bool AreText => ItemType is TextDataViewType;

    /// <summary>The values of a label column; null where it has none, or not one a key.</summary>
    public static ClassKeys? Of(DataViewSchema.Column label)
    {
        var annotation = label.Annotations.Schema.GetColumnOrNull(AnnotationKind);
        return annotation?.Type is VectorDataViewType { IsKnownSize: true } type
            && label.Type is KeyDataViewType key && (ulong)type.Size == key.Count
            && Factories.TryGetValue(type.ItemType.RawType, out var factory)
            ? factory.Read(label, type.ItemType)
            : null;
    }

    /// <summary>Default values of a type, to stand for values that are not known yet.</summary>
    public static ClassKeys? Blank(DataViewType itemType, int count) =>
        itemType is PrimitiveDataViewType primitive && Factories.TryGetValue(itemType.RawType, out var factory)
            ? factory.Blank(primitive, count)
            : null;

    /// <summary>The values as text, in the invariant culture.</summary>
    public abstract IReadOnlyList<string> Texts();

    /// <summary>Writes the values as an annotation.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder annotations, string kind);

    private sealed class Factory<T> : IFactory
    {
        public ClassKeys Read(DataViewSchema.Column label, PrimitiveDataViewType itemType)
        {
            VBuffer<T> buffer = default;
            label.Annotations.GetValue(AnnotationKind, ref buffer);
            return new ClassKeys<T>(itemType, [.. buffer.DenseValues()]);
        }

        public ClassKeys Blank(PrimitiveDataViewType itemType, int count) => new ClassKeys<T>(itemType, [.. new T[count]]);
    }
}

/// <inheritdoc/>
internal sealed class ClassKeys<T> : ClassKeys
{
    public ClassKeys(PrimitiveDataViewType itemType, ImmutableArray<T> values)
    {
        ItemType = itemType;
        // Text may point into a large buffer of the data view: keep copies.
        Values = values is ImmutableArray<ReadOnlyMemory<char>> texts
            ? (ImmutableArray<T>)(object)texts.Select(t => t.ToString().AsMemory()).ToImmutableArray()
            : values;
    }

    public override PrimitiveDataViewType ItemType { get; }

    public ImmutableArray<T> Values { get; }

    public override int Count => Values.Length;

    public override IReadOnlyList<string> Texts() => [.. Values.Select(v => FormattableString.Invariant($"{v}"))];

    public override void AddTo(DataViewSchema.Annotations.Builder annotations, string kind) =>
        annotations.Add<VBuffer<T>>(kind, new VectorDataViewType(ItemType, Count), (ref VBuffer<T> target) =>
        {
            var editor = VBufferEditor.Create(ref target, Count);
            Values.AsSpan().CopyTo(editor.Values);
            target = editor.Commit();
        });
}
