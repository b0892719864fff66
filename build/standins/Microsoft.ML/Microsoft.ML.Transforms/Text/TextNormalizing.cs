using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Text;

[assembly: LoadableClass(typeof(TextNormalizingTransformer), null, typeof(SignatureLoadModel), "", TextNormalizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Text;

public sealed class TextNormalizingEstimator : TrivialEstimator<TextNormalizingTransformer>
{
    internal TextNormalizingEstimator(IHostEnvironment env, TextNormalizer normalizer, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TextNormalizingEstimator)), new TextNormalizingTransformer(env, normalizer, columns))
    {
    }

    public enum CaseMode
    {
        Lower = 0,
        Upper = 1,
        None = 2,
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.ColumnPairs.Select(pair =>
        {
            var input = TextColumns.Input(Host, inputSchema, pair.inputColumnName, TextNormalizingTransformer.ExpectedType);
            return new SchemaShape.Column(pair.outputColumnName, input.Kind == SchemaShape.Column.VectorKind.Scalar ? input.Kind
                : SchemaShape.Column.VectorKind.VariableVector, input.ItemType, false);
        }));
    }
}

/// <summary>Of a vector, texts that nothing is left of are dropped.</summary>
public sealed class TextNormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "TextNormalizerTransform";
    internal const string ExpectedType = "String or vector of String";

    private readonly TextNormalizer _normalizer;

    internal TextNormalizingTransformer(IHostEnvironment env, TextNormalizer normalizer, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TextNormalizingTransformer)), columns)
        => _normalizer = normalizer;

    private TextNormalizingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(TextNormalizingTransformer)), ctx.At(GetVersionInfo()))
    {
        _normalizer = new TextNormalizer((TextNormalizingEstimator.CaseMode)ctx.Reader.ReadByte(),
            ctx.Reader.ReadBoolean(), ctx.Reader.ReadBoolean(), ctx.Reader.ReadBoolean());
        Contracts.CheckDecode(Enum.IsDefined(_normalizer.CaseMode));
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "TEXTNORM", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(TextNormalizingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        ctx.Writer.Write((byte)_normalizer.CaseMode);
        ctx.Writer.Write(_normalizer.KeepDiacritics);
        ctx.Writer.Write(_normalizer.KeepPunctuations);
        ctx.Writer.Write(_normalizer.KeepNumbers);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        TextColumns.Check(Host, input, ExpectedType);
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName,
            input.Type is VectorDataViewType ? new VectorDataViewType(TextDataViewType.Instance) : input.Type);
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        var buffer = new StringBuilder();
        if (input.Type is not VectorDataViewType)
        {
            var getter = row.GetGetter<ReadOnlyMemory<char>>(input);
            ReadOnlyMemory<char> source = default;
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> text) =>
            {
                getter(ref source);
                text = _normalizer.Normalize(source, buffer);
            });
        }

        return TextColumns.VectorGetter<ReadOnlyMemory<char>>(row, input, (source, list) =>
        {
            var text = _normalizer.Normalize(source, buffer);
            if (!text.IsEmpty)
                list.Add(text);
        });
    }
}
