using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnCopyingTransformer), null, typeof(SignatureLoadModel), "", ColumnCopyingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class ColumnCopyingEstimator : TrivialEstimator<ColumnCopyingTransformer>
{
    internal ColumnCopyingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(ColumnCopyingEstimator)), new ColumnCopyingTransformer(env, (outputColumnName, inputColumnName)))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.ColumnPairs.Select(pair =>
        {
            var input = inputSchema.InputColumn(Host, pair.inputColumnName);
            return new SchemaShape.Column(pair.outputColumnName, input.Kind, input.ItemType, input.IsKey, input.Annotations);
        }));
    }
}

public sealed class ColumnCopyingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "CopyTransform";

    internal ColumnCopyingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(ColumnCopyingTransformer)), columns)
    {
    }

    private ColumnCopyingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(ColumnCopyingTransformer)), ctx.At(GetVersionInfo()))
    {
    }

    private static VersionInfo GetVersionInfo() => new(modelSignature: "COPYCOLT", verWrittenCur: 0x00010001, verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature, loaderAssemblyName: typeof(ColumnCopyingTransformer).Assembly.FullName);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
    }

    private protected override DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input)
        => new(ColumnPairs[pair].outputColumnName, input.Type, input.Annotations);

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
        => ((Func<DataViewRow, DataViewSchema.Column, Delegate>)Getter<int>).CallFor<Delegate>(input.Type.RawType, row, input);

    private static ValueGetter<T> Getter<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
}
