using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel), "", KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName = null)
        : this(env, (outputColumnName, inputColumnName ?? outputColumnName))
    {
    }

    internal KeyToValueMappingEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.ColumnPairs.Select(pair =>
        {
            var input = inputSchema.InputColumn(Host, pair.inputColumnName);
            if (!input.IsKey)
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.inputColumnName, "KeyType", input.GetTypeString());
            var values = input.Annotation(AnnotationUtils.Kinds.KeyValues)
                ?? throw Host.ExceptParam(nameof(inputSchema), $"Input column '{pair.inputColumnName}' doesn't contain key values metadata");
            return new SchemaShape.Column(pair.outputColumnName, input.Kind, values.ItemType, values.IsKey,
                input.HasSlotNames() ? TransformUtils.Shape(input.Annotation(AnnotationUtils.Kinds.SlotNames)) : null);
        }));
    }
}

public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "KeyToValueTransform";

    internal KeyToValueMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    private KeyToValueMappingTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), ctx.At(GetVersionInfo()))
    {
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "KEY2VALT", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(KeyToValueMappingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        var values = input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type as VectorDataViewType;
        Host.Check(values != null, "Metadata KeyValues does not exist");
        Host.Check((ulong)values.Size == input.Type.GetKeyCount(), "KeyValues metadata size does not match column type key count");
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input, AnnotationUtils.Kinds.SlotNames);
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, input.Type.WithItems(values.ItemType), annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        var values = (VectorDataViewType)input.Annotations.Schema[AnnotationUtils.Kinds.KeyValues].Type;
        return ((Func<DataViewRow, DataViewSchema.Column, Delegate>)Getter<int>).CallFor<Delegate>(values.ItemType.RawType, row, input);
    }

    private static Delegate Getter<T>(DataViewRow row, DataViewSchema.Column input)
    {
        VBuffer<T> buffer = default;
        input.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref buffer);
        T[] values = buffer.DenseValues().ToArray();
        T missing = Conversions.MissingOrDefault<T>();
        var keys = Conversions.GetterAs(row, input, NumberDataViewType.UInt32);
        if (keys is ValueGetter<uint> getter)
        {
            uint key = 0;
            return (ValueGetter<T>)((ref T value) =>
            {
                getter(ref key);
                value = ValueOf(key);
            });
        }

        return VectorGetter((ValueGetter<VBuffer<uint>>)keys, ValueOf, Conversions.IsDefault(in missing));

        T ValueOf(uint key) => 0 < key && key <= values.Length ? values[key - 1] : missing;
    }

    private static ValueGetter<VBuffer<T>> VectorGetter<T>(ValueGetter<VBuffer<uint>> getter, Func<uint, T> valueOf, bool keepsSparsity)
    {
        VBuffer<uint> keys = default;
        return (ref VBuffer<T> destination) =>
        {
            getter(ref keys);
            if (keys.IsDense || !keepsSparsity)
            {
                var editor = VBufferEditor.Create(ref destination, keys.Length);
                foreach (var (slot, key) in keys.Items(all: true))
                    editor.Values[slot] = valueOf(key);
                destination = editor.Commit();
            }
            else
            {
                var editor = VBufferEditor.Create(ref destination, keys.Length, keys.GetValues().Length);
                int count = 0;
                foreach (var (slot, key) in keys.Items())
                {
                    var value = valueOf(key);
                    if (Conversions.IsDefault(in value))
                        continue;
                    editor.Values[count] = value;
                    editor.Indices[count++] = slot;
                }

                destination = editor.CommitTruncated(count);
            }
        };
    }
}
