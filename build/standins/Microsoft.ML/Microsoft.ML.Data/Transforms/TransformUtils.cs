using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Small steps that the transforms share.</summary>
internal static class TransformUtils
{
    /// <summary>The context, once its header has been checked.</summary>
    public static ModelLoadContext At(this ModelLoadContext ctx, VersionInfo version)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(version);
        return ctx;
    }

    public static string CheckNonWhiteSpace(string value, string name)
        => !string.IsNullOrWhiteSpace(value) ? value : throw Contracts.ExceptParam(name, $"{name} cannot be null or white space");

    public static SchemaShape.Column InputColumn(this SchemaShape schema, IExceptionContext context, string name)
        => schema.TryFindColumn(name, out var column) ? column : throw context.ExceptSchemaMismatch("inputSchema", "input", name);

    public static SchemaShape.Column? Annotation(this SchemaShape.Column column, string kind)
        => column.Annotations.TryFindColumn(kind, out var annotation) ? annotation : null;

    public static SchemaShape Shape(params SchemaShape.Column?[] columns) => new(columns.Where(column => column != null).Select(column => column.Value));

    public static SchemaShape.Column NormalizedShape { get; }
        = new(AnnotationUtils.Kinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);

    public static SchemaShape.Column SlotNamesShape { get; }
        = new(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);

    public static SchemaShape.Column CategoricalShape { get; }
        = new(AnnotationUtils.Kinds.CategoricalSlotRanges, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int32, false);

    public static void AddNormalized(this DataViewSchema.Annotations.Builder builder)
        => builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);

    public static void Add(this DataViewSchema.Annotations.Builder builder, DataViewSchema.Column source, params string[] kinds)
        => builder.Add(source.Annotations, kinds.Contains);

    /// <summary>First and last slot of each category: pairs.</summary>
    public static void AddCategoricalRanges(this DataViewSchema.Annotations.Builder builder, int[] ranges)
        => builder.AddVector(AnnotationUtils.Kinds.CategoricalSlotRanges, new VectorDataViewType(NumberDataViewType.Int32, ranges.Length / 2, 2), ranges);

    /// <summary>The same, of a column that has it; else null.</summary>
    public static int[] CategoricalRangesOrNull(this DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector
            || column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.CategoricalSlotRanges)?.Type
                is not VectorDataViewType { ItemType: NumberDataViewType, IsKnownSize: true } type || type.ItemType.RawType != typeof(int) || type.Size % 2 != 0)
            return null;
        VBuffer<int> ranges = default;
        column.Annotations.GetValue(AnnotationUtils.Kinds.CategoricalSlotRanges, ref ranges);
        int[] values = ranges.DenseValues().ToArray();
        int last = -1;
        for (int i = 0; i < values.Length; i += 2)
        {
            if (values[i] <= last || values[i + 1] < values[i] || values[i + 1] >= vector.Size)
                return null;
            last = values[i + 1];
        }

        return values.Length > 0 ? values : null;
    }

    public static bool IsNormalized(this DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.IsNormalized)?.Type is not BooleanDataViewType)
            return false;
        bool value = false;
        column.Annotations.GetValue(AnnotationUtils.Kinds.IsNormalized, ref value);
        return value;
    }

    /// <summary>The type with other items: a vector keeps its dimensions.</summary>
    public static DataViewType WithItems(this DataViewType type, PrimitiveDataViewType item) => type is VectorDataViewType vector ? new VectorDataViewType(item, vector.Dimensions) : item;

    /// <summary>A vector of that length without explicit values.</summary>
    public static void SetEmpty<T>(ref VBuffer<T> vector, int length) => vector = VBufferEditor.Create(ref vector, length, 0).Commit();

    /// <summary>A number of things to come, of which each takes at least a byte: a damaged one is not believed.</summary>
    public static int LoadCount(this ModelLoadContext ctx, int atLeast = 0)
    {
        int count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count >= atLeast && count <= ctx.Reader.BaseStream.Length - ctx.Reader.BaseStream.Position);
        return count;
    }

    /// <summary>A simple type or a key type.</summary>
    public static void SaveType(this ModelSaveContext ctx, PrimitiveDataViewType type)
    {
        ctx.Writer.Write((byte)ColumnTypeExtensions.KindOf(type));
        ctx.Writer.Write(type is KeyDataViewType key ? key.Count : 0);
    }

    public static PrimitiveDataViewType LoadType(this ModelLoadContext ctx)
    {
        var kind = (DataKind)ctx.Reader.ReadByte();
        ulong count = ctx.Reader.ReadUInt64();
        Contracts.CheckDecode(Enum.IsDefined(kind));
        var type = ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
        Contracts.CheckDecode(count == 0 || KeyDataViewType.IsValidDataType(type.RawType));
        return count == 0 ? type : new KeyDataViewType(type.RawType, count);
    }

    /// <summary>Values of a simple type: texts as strings, others byte by byte.</summary>
    public static void SaveValues<T>(this ModelSaveContext ctx, T[] values)
    {
        ctx.Writer.Write(values.Length);
        if (values is ReadOnlyMemory<char>[] texts)
        {
            foreach (var text in texts)
                ctx.SaveString(text.ToString());
        }
        else
        {
            ctx.Writer.Write(Bytes(values));
        }
    }

    public static T[] LoadValues<T>(this ModelLoadContext ctx)
    {
        int count = ctx.LoadCount();
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (T[])(object)Enumerable.Range(0, count).Select(_ => ctx.LoadString().AsMemory()).ToArray();
        long size = (long)count * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        Contracts.CheckDecode(size <= ctx.Reader.BaseStream.Length - ctx.Reader.BaseStream.Position);
        var values = new T[count];
        ctx.Reader.BaseStream.ReadExactly(Bytes(values));
        return values;
    }

    private static Span<byte> Bytes<T>(T[] values)
        => System.Runtime.InteropServices.MemoryMarshal.CreateSpan(
            ref System.Runtime.CompilerServices.Unsafe.As<T, byte>(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(values)),
            values.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
}

/// <summary>
/// Gathers items of a vector in ascending order, without default values. The result is dense if it has at least half of the
/// items, sparse otherwise.
/// </summary>
internal sealed class SlotBuilder<T>
{
    private readonly List<int> _slots = [];
    private readonly List<T> _values = [];
    private int _length;
    private bool _dense;

    public void Reset(int length, bool dense = false)
    {
        _length = length;
        _dense = dense;
        _slots.Clear();
        _values.Clear();
    }

    /// <summary>Whether adding once more to a vector with that many items makes it dense: for sums, where an item may be there already.</summary>
    public static bool AddingMakesDense(int items, int length) => items >= length / 2 - 1;

    public void Add(int slot, T value)
    {
        if (Conversions.IsDefault(in value))
            return;
        _slots.Add(slot);
        _values.Add(value);
    }

    public void GetResult(ref VBuffer<T> vector)
    {
        bool dense = _dense || _values.Count > 0 && _values.Count >= _length / 2;
        var editor = VBufferEditor.Create(ref vector, _length, dense ? _length : _values.Count);
        if (!dense)
        {
            _values.CopyTo(editor.Values);
            _slots.CopyTo(editor.Indices);
        }
        else
        {
            if (_values.Count < _length)
                editor.Values.Clear();
            for (int i = 0; i < _values.Count; i++)
                editor.Values[_slots[i]] = _values[i];
        }

        vector = editor.Commit();
    }
}
