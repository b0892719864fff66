using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(KeyToVectorMappingTransformer), null, typeof(SignatureLoadModel), "", KeyToVectorMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class KeyToVectorMappingEstimator : TrivialEstimator<KeyToVectorMappingTransformer>
{
    internal KeyToVectorMappingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
        : base(env.Register(nameof(KeyToVectorMappingEstimator)), new KeyToVectorMappingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(column =>
        {
            var input = inputSchema.InputColumn(Host, column.InputColumnName);
            bool variable = input.Kind == SchemaShape.Column.VectorKind.VariableVector, count = column.OutputCountVector;
            bool scalar = input.Kind == SchemaShape.Column.VectorKind.Scalar;
            bool named = input.Annotation(AnnotationUtils.Kinds.KeyValues) is { ItemType: TextDataViewType } && (count && input.IsKey || !variable);
            return new SchemaShape.Column(column.Name,
                variable && !count ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false,
                TransformUtils.Shape(
                    named ? TransformUtils.SlotNamesShape : null,
                    !count && !variable ? TransformUtils.CategoricalShape : null,
                    !count || scalar ? TransformUtils.NormalizedShape : null));
        }));
    }

    internal sealed record ColumnOptions(string Name, string InputColumnName, bool OutputCountVector)
    {
        public string InputColumnName { get; } = InputColumnName ?? Name;
    }
}

/// <summary>Makes keys into vectors of zeros and ones: one vector per key, side by side, or (a bag) their sum.</summary>
public sealed class KeyToVectorMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToVectorTransform";

    internal readonly KeyToVectorMappingEstimator.ColumnOptions[] Columns;

    internal KeyToVectorMappingTransformer(IHostEnvironment env, params KeyToVectorMappingEstimator.ColumnOptions[] columns)
        : base(env.Register("KeyToVector"), columns.Select(column => (column.Name, column.InputColumnName)).ToArray())
        => Columns = columns;

    private KeyToVectorMappingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register("KeyToVector"), ctx.At(GetVersionInfo()))
        => Columns = ColumnPairs.Select(pair => new KeyToVectorMappingEstimator.ColumnOptions(pair.outputColumnName, pair.inputColumnName, ctx.Reader.ReadBoolean()))
            .ToArray();

    private static VersionInfo GetVersionInfo() => new(modelSignature: "KEY2VECT", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(KeyToVectorMappingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (var column in Columns)
            ctx.Writer.Write(column.OutputCountVector);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        int size = KeyCount(pair, input), slots = input.Type.GetValueCount();
        bool bag = Columns[pair].OutputCountVector, scalar = input.Type is not VectorDataViewType;
        var type = bag || slots == 1 ? new VectorDataViewType(NumberDataViewType.Single, size) : new VectorDataViewType(NumberDataViewType.Single, slots, size);
        var annotations = new DataViewSchema.Annotations.Builder();
        var names = KeyNamesOrNull(input, size);
        if (names != null && (bag || scalar))
            annotations.AddSlotNames(names);
        else if (names != null && type.IsKnownSize)
            annotations.AddVector(AnnotationUtils.Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, type.Dimensions),
                SlotNames(input, slots).SelectMany(slot => names.Select(name => $"{slot}.{name}".AsMemory())).ToArray());
        if (!bag && slots > 0)
            annotations.AddCategoricalRanges(Enumerable.Range(0, slots).SelectMany(slot => (int[])[slot * size, (slot + 1) * size - 1]).ToArray());
        if (!bag || scalar)
            annotations.AddNormalized();
        return new DataViewSchema.DetachedColumn(Columns[pair].Name, type, annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        int size = KeyCount(pair, input);
        var keys = Conversions.GetterAs(row, input, NumberDataViewType.UInt32);
        if (keys is ValueGetter<uint> getter)
            return One(getter, size);
        var vectorGetter = (ValueGetter<VBuffer<uint>>)keys;
        return Columns[pair].OutputCountVector ? Bag(vectorGetter, size) : Each(vectorGetter, size);
    }

    private static ValueGetter<VBuffer<float>> One(ValueGetter<uint> getter, int size)
    {
        uint key = 0;
        return (ref VBuffer<float> destination) =>
        {
            getter(ref key);
            bool known = 0 < key && key <= size;
            var editor = VBufferEditor.Create(ref destination, size, known ? 1 : 0, requireIndicesOnDense: true);
            if (known)
            {
                editor.Values[0] = 1;
                editor.Indices[0] = (int)key - 1;
            }

            destination = editor.Commit();
        };
    }

    private static ValueGetter<VBuffer<float>> Bag(ValueGetter<VBuffer<uint>> getter, int size)
    {
        VBuffer<uint> keys = default;
        var counts = new float[size];
        var builder = new SlotBuilder<float>();
        return (ref VBuffer<float> destination) =>
        {
            getter(ref keys);
            Array.Clear(counts);
            int distinct = 0;
            bool dense = false;
            foreach (uint key in keys.GetValues())
            {
                if (key == 0 || key > size)
                    continue;
                dense |= SlotBuilder<float>.AddingMakesDense(distinct, size);
                if (counts[key - 1]++ == 0)
                    distinct++;
            }

            builder.Reset(size, dense);
            for (int i = 0; i < size; i++)
                builder.Add(i, counts[i]);
            builder.GetResult(ref destination);
        };
    }

    private static ValueGetter<VBuffer<float>> Each(ValueGetter<VBuffer<uint>> getter, int size)
    {
        VBuffer<uint> keys = default;
        return (ref VBuffer<float> destination) =>
        {
            getter(ref keys);
            var editor = VBufferEditor.Create(ref destination, checked(size * keys.Length), keys.GetValues().Length, requireIndicesOnDense: true);
            int count = 0;
            foreach (var (slot, key) in keys.Items())
            {
                if (key == 0 || key > size)
                    continue;
                editor.Values[count] = 1;
                editor.Indices[count++] = slot * size + (int)key - 1;
            }

            destination = editor.CommitTruncated(count);
        };
    }

    private int KeyCount(int pair, DataViewSchema.Column input)
    {
        if (input.Type.GetItemType() is not KeyDataViewType key)
            throw Host.ExceptSchemaMismatch("inputSchema", "input", ColumnPairs[pair].inputColumnName, "key type of known cardinality", input.Type.ToString());
        Host.Check(key.Count <= int.MaxValue, $"Column '{input.Name}' has {key.Count} keys, more than a vector can have slots");
        return (int)key.Count;
    }

    private static string[] KeyNamesOrNull(DataViewSchema.Column input, int size)
    {
        if (input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is not VectorDataViewType { ItemType: TextDataViewType } type
            || type.Size != size)
            return null;
        VBuffer<ReadOnlyMemory<char>> values = default;
        input.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref values);
        return values.DenseValues().Select(value => value.ToString()).ToArray();
    }

    private static IEnumerable<string> SlotNames(DataViewSchema.Column input, int slots)
    {
        var names = input.SlotNamesOrNull();
        return Enumerable.Range(0, slots).Select(slot => string.IsNullOrEmpty(names?[slot]) ? $"[{slot}]" : names[slot]);
    }
}
