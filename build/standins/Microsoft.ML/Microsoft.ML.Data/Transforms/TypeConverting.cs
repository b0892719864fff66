using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(TypeConvertingTransformer), null, typeof(SignatureLoadModel), "", TypeConvertingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class TypeConvertingEstimator : TrivialEstimator<TypeConvertingTransformer>
{
    internal TypeConvertingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
        : base(env.Register(nameof(TypeConvertingEstimator)), new TypeConvertingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(column =>
        {
            var input = inputSchema.InputColumn(Host, column.InputColumnName);
            Host.CheckParam(TypeConvertingTransformer.TryGetNewType(input.ItemType, column.OutputKind, out var type), nameof(inputSchema),
                $"Can't convert {column.InputColumnName} into {type}");
            Host.CheckParam(Conversions.FindOrNull(input.ItemType, type) != null, nameof(inputSchema),
                $"Don't know how to convert {column.InputColumnName} into {type}");
            return new SchemaShape.Column(column.Name, input.Kind, type, false, input.Annotations);
        }));
    }

    internal sealed record ColumnOptions(string Name, DataKind OutputKind, string InputColumnName)
    {
        public string InputColumnName { get; } = InputColumnName ?? Name;
    }
}

public sealed class TypeConvertingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ConvertTransform";

    internal readonly TypeConvertingEstimator.ColumnOptions[] Columns;

    internal TypeConvertingTransformer(IHostEnvironment env, params TypeConvertingEstimator.ColumnOptions[] columns)
        : base(env.Register(nameof(TypeConvertingTransformer)), columns.Select(column => (column.Name, column.InputColumnName)).ToArray())
    {
        Contracts.CheckParam(columns.Length > 0, nameof(columns));
        Columns = columns;
    }

    private TypeConvertingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(TypeConvertingTransformer)), ctx.At(GetVersionInfo()))
    {
        Columns = ColumnPairs.Select(pair => new TypeConvertingEstimator.ColumnOptions(pair.outputColumnName, LoadKind(ctx), pair.inputColumnName)).ToArray();

        static DataKind LoadKind(ModelLoadContext ctx)
        {
            var kind = (DataKind)ctx.Reader.ReadByte();
            Contracts.CheckDecode(Enum.IsDefined(kind));
            return kind;
        }
    }

    /// <summary>What an item becomes: keys stay keys, and only unsigned numbers can hold them.</summary>
    internal static bool TryGetNewType(DataViewType source, DataKind kind, out PrimitiveDataViewType type)
    {
        type = ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
        if (source is not KeyDataViewType key)
            return true;
        if (!KeyDataViewType.IsValidDataType(type.RawType))
            return false;
        type = new KeyDataViewType(type.RawType, Math.Min(key.Count, Conversions.MaxValue(type.RawType)));
        return true;
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "CONVERTF", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(TypeConvertingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (var column in Columns)
            ctx.Writer.Write((byte)column.OutputKind);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        var source = input.Type.GetItemType();
        if (!TryGetNewType(source, Columns[pair].OutputKind, out var item) || Conversions.FindOrNull(source, item) == null)
        {
            throw Host.ExceptParam("inputSchema",
                $"source column '{input.Name}' with item type '{input.Type}' is not compatible with destination type '{item}'");
        }

        var type = input.Type.WithItems(item);
        var annotations = new DataViewSchema.Annotations.Builder();
        if (type.IsKnownSizeVector())
            annotations.Add(input, AnnotationUtils.Kinds.SlotNames);
        if (source is KeyDataViewType sourceKey && item is KeyDataViewType key && sourceKey.Count == key.Count)
            annotations.Add(input, AnnotationUtils.Kinds.KeyValues);
        if (source is NumberDataViewType && item is NumberDataViewType)
            annotations.Add(input, AnnotationUtils.Kinds.IsNormalized);
        if (input.Type is BooleanDataViewType && item is NumberDataViewType)
            annotations.AddNormalized();
        return new DataViewSchema.DetachedColumn(Columns[pair].Name, type, annotations.ToAnnotations());
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        TryGetNewType(input.Type.GetItemType(), Columns[pair].OutputKind, out var item);
        return Conversions.GetterAs(row, input, item);
    }
}
