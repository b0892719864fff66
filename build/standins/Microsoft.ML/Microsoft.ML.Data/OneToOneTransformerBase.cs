using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

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
