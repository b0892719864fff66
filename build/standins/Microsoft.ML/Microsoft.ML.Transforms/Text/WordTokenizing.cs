using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Text;

[assembly: LoadableClass(typeof(WordTokenizingTransformer), null, typeof(SignatureLoadModel), "", WordTokenizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Text;

public sealed class WordTokenizingEstimator : TrivialEstimator<WordTokenizingTransformer>
{
    internal WordTokenizingEstimator(IHostEnvironment env, char[] separators, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(WordTokenizingEstimator)), new WordTokenizingTransformer(env, separators, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.ColumnPairs.Select(pair => new SchemaShape.Column(pair.outputColumnName, SchemaShape.Column.VectorKind.VariableVector,
            TextColumns.Input(Host, inputSchema, pair.inputColumnName, WordTokenizingTransformer.ExpectedType).ItemType, false)));
    }
}

public sealed class WordTokenizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "TokenizeTextTransform";
    internal const string ExpectedType = "String or Vector of String";

    private readonly char[] _separators;

    internal WordTokenizingTransformer(IHostEnvironment env, char[] separators, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(WordTokenizingTransformer)), columns)
        => _separators = separators ?? [' '];

    private WordTokenizingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(WordTokenizingTransformer)), ctx.At(GetVersionInfo()))
        => _separators = ctx.LoadValues<char>();

    private static VersionInfo GetVersionInfo() => new(modelSignature: "WRDTOKNS", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(WordTokenizingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        ctx.SaveValues(_separators);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
    {
        TextColumns.Check(Host, input, ExpectedType);
        return new DataViewSchema.DetachedColumn(ColumnPairs[pair].outputColumnName, new VectorDataViewType(TextDataViewType.Instance));
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
        => TextColumns.VectorGetter<ReadOnlyMemory<char>>(row, input, (text, words) =>
        {
            foreach (var range in text.Span.SplitAny(_separators))
            {
                var word = text[range].Trim(' ');
                if (!word.IsEmpty)
                    words.Add(word);
            }
        });
}
