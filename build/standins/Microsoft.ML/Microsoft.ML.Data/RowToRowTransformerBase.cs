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

/// <summary>A transformer that makes each of its output columns from one input column.</summary>
/// <remarks>
/// Override <see cref="OutputColumn"/> (type and annotations, after checking the input's type) and <see cref="MakeGetter"/>.
/// A class with its own <see cref="RowToRowTransformerBase.Bind"/> need not.
/// </remarks>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    internal readonly (string outputColumnName, string inputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, params (string outputColumnName, string inputColumnName)[] columns) : base(host)
    {
        host.CheckValue(columns, nameof(columns));
        var names = new HashSet<string>();
        foreach (var (output, input) in columns)
        {
            host.CheckNonEmpty(input, nameof(columns));
            host.CheckNonEmpty(output, nameof(columns));
            host.CheckParam(names.Add(output), nameof(columns), $"Name of the result column '{output}' specified multiple times");
        }

        ColumnPairs = columns;
    }

    /// <summary>Reads what <see cref="SaveColumns"/> wrote.</summary>
    private protected OneToOneTransformerBase(IHost host, ModelLoadContext ctx) : base(host)
    {
        int count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count >= 0);
        ColumnPairs = new (string, string)[count];
        for (int i = 0; i < count; i++)
            ColumnPairs[i] = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
    }

    private protected void SaveColumns(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ColumnPairs.Length);
        foreach (var (output, input) in ColumnPairs)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    /// <summary>The output column of a pair, given its input; throws for an input of the wrong type.</summary>
    private protected virtual DataViewSchema.DetachedColumn OutputColumn(int pair, DataViewSchema.Column input) => throw new NotSupportedException();

    /// <summary>The output column's getter over the given row.</summary>
    private protected virtual Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input) => throw new NotSupportedException();

    private protected override RowToRowMapping Bind(DataViewSchema input) => new Mapping(this, input,
        ColumnPairs.Select(pair => input.GetColumnOrNull(pair.inputColumnName)
            ?? throw Host.ExceptSchemaMismatch("inputSchema", "input", pair.inputColumnName)).ToArray());

    private sealed class Mapping(OneToOneTransformerBase parent, DataViewSchema schema, DataViewSchema.Column[] inputs)
        : RowToRowMapping(schema, inputs.Select((input, i) => parent.OutputColumn(i, input)).ToArray())
    {
        protected override IEnumerable<int> DependenciesOf(int added) => [inputs[added].Index];

        protected override Delegate MakeGetter(DataViewRow input, int added) => parent.MakeGetter(added, input, inputs[added]);
    }
}

/// <summary>An estimator that has nothing to learn: it holds its transformer from the start.</summary>
public abstract class TrivialEstimator<TTransformer> : IEstimator<TTransformer> where TTransformer : class, ITransformer
{
    private protected readonly IHost Host;
    private protected readonly TTransformer Transformer;

    private protected TrivialEstimator(IHost host, TTransformer transformer)
    {
        host.CheckValue(transformer, nameof(transformer));
        Host = host;
        Transformer = transformer;
    }

    public TTransformer Fit(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        Transformer.GetOutputSchema(input.Schema);
        return Transformer;
    }

    public abstract SchemaShape GetOutputSchema(SchemaShape inputSchema);
}
