using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A transformer that adds columns row by row.</summary>
/// <remarks>
/// How to write one:
/// <code>
/// [assembly: LoadableClass(typeof(MyTransformer), null, typeof(SignatureLoadModel), "", MyTransformer.LoaderSignature)]
///
/// public sealed class MyTransformer : RowToRowTransformerBase
/// {
///     internal const string LoaderSignature = "MyTransform";              // at most 24 one-byte characters
///     private static VersionInfo GetVersionInfo() => new(modelSignature: "MYTRANSF", verWrittenCur: 0x00010001,
///         verReadableCur: 0x00010001, verWeCanReadBack: 0x00010001, loaderSignature: LoaderSignature,
///         loaderAssemblyName: typeof(MyTransformer).Assembly.FullName);
///
///     internal MyTransformer(IHostEnvironment env, …) : base(env.Register(nameof(MyTransformer))) { … }
///
///     // Found by the catalog: with the environment first, or only with the context.
///     private MyTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(MyTransformer)))
///     {
///         ctx.CheckAtModel(GetVersionInfo());
///         _number = ctx.Reader.ReadInt32();                                // or ctx.LoadNonEmptyString()
///     }
///
///     private protected override void SaveModel(ModelSaveContext ctx)
///     {
///         ctx.SetVersionInfo(GetVersionInfo());                           // the header; without it saving fails
///         ctx.Writer.Write(_number);                                      // or ctx.SaveNonEmptyString(…), ctx.SaveModel(part, "Part")
///     }
///
///     private protected override RowToRowMapping Bind(DataViewSchema input) => new Mapping(this, input);
///
///     private sealed class Mapping(…) : RowToRowMapping(…) { … }
/// }
/// </code>
/// </remarks>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;

    private protected RowToRowTransformerBase(IHost host) => Host = host;

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema).OutputSchema;
    }

    public IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return Bind(input.Schema).Apply(input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        SaveModel(ctx);
    }

    private protected abstract void SaveModel(ModelSaveContext ctx);

    /// <summary>Checks the input columns and makes the mapping for this schema.</summary>
    private protected abstract RowToRowMapping Bind(DataViewSchema input);
}
