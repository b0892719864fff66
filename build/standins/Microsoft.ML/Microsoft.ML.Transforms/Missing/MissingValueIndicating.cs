using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(MissingValueIndicatorTransformer), null, typeof(SignatureLoadModel), "", MissingValueIndicatorTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class MissingValueIndicatorEstimator : TrivialEstimator<MissingValueIndicatorTransformer>
{
    internal MissingValueIndicatorEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(MissingValueIndicatorTransformer)), new MissingValueIndicatorTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.ColumnPairs.Select(pair =>
        {
            var input = inputSchema.InputColumn(Host, pair.inputColumnName);
            if (!Conversions.HasMissingValue(input.ItemType))
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.inputColumnName);
            return new SchemaShape.Column(pair.outputColumnName, input.Kind, BooleanDataViewType.Instance, false,
                TransformUtils.Shape(input.Annotation(AnnotationUtils.Kinds.SlotNames), TransformUtils.NormalizedShape));
        }));
    }
}

/// <summary>True where a value is missing.</summary>
public sealed class MissingValueIndicatorTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "NaIndicatorTransform";

    internal MissingValueIndicatorTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(MissingValueIndicatorTransformer)), columns)
    {
    }

    private MissingValueIndicatorTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(env.Register(nameof(MissingValueIndicatorTransformer)), ctx.At(GetVersionInfo()))
    {
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "NAIND TF", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(MissingValueIndicatorTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        Host.Check(Conversions.HasMissingValue(input.Type.GetItemType()), $"No IsNA predicate for '{input.Type.GetItemType()}'");
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(input, AnnotationUtils.Kinds.SlotNames);
        annotations.AddNormalized();
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, input.Type.WithItems(BooleanDataViewType.Instance), annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
        => ((Func<DataViewRow, DataViewSchema.Column, Delegate>)Getter<int>).CallFor<Delegate>(input.Type.GetItemType().RawType, row, input);

    private static Delegate Getter<T>(DataViewRow row, DataViewSchema.Column input)
    {
        var isMissing = Conversions.IsMissing<T>(input.Type.GetItemType());
        if (input.Type is not VectorDataViewType)
        {
            var getter = row.GetGetter<T>(input);
            T value = default;
            return (ValueGetter<bool>)((ref bool missing) =>
            {
                getter(ref value);
                missing = isMissing(in value);
            });
        }

        var vectorGetter = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> source = default;
        T nothing = default;
        bool defaultIsMissing = isMissing(in nothing);
        return (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> destination) =>
        {
            vectorGetter(ref source);
            var slots = new List<int>();
            foreach (var (slot, value) in source.Items(all: defaultIsMissing))
            {
                if (isMissing(in value))
                    slots.Add(slot);
            }

            bool sparse = slots.Count == 0 || slots.Count < source.Length / 2;
            var editor = VBufferEditor.Create(ref destination, source.Length, sparse ? slots.Count : source.Length);
            if (sparse)
            {
                slots.CopyTo(editor.Indices);
                editor.Values.Fill(true);
            }
            else
            {
                editor.Values.Clear();
                foreach (int slot in slots)
                    editor.Values[slot] = true;
            }

            destination = editor.Commit();
        });
    }
}
