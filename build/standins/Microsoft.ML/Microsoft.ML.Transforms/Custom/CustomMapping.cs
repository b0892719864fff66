using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
    where TSrc : class, new()
    where TDst : class, new()
{
    internal CustomMappingEstimator(IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName,
        SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
        : base(env.Register(nameof(CustomMappingEstimator<TSrc, TDst>)),
            new CustomMappingTransformer<TSrc, TDst>(env, mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        foreach (var column in Transformer.InputColumns)
        {
            if (!inputSchema.TryFindColumn(column.Name, out var input))
                throw Contracts.ExceptSchemaMismatch(null, nameof(inputSchema), "input", column.Name);
            var wanted = SchemaShape.Column.Of(column.Name, column.Type);
            // A vector of any size takes one of a known size too.
            bool fits = wanted.ItemType.Equals(input.ItemType) && wanted.IsKey == input.IsKey
                && (wanted.Kind == input.Kind || wanted.Kind == SchemaShape.Column.VectorKind.VariableVector && input.Kind == SchemaShape.Column.VectorKind.Vector);
            if (!fits)
                throw Contracts.ExceptSchemaMismatch(null, nameof(inputSchema), "input", column.Name, column.Type.ToString(), input.GetTypeString());
        }

        return inputSchema.With(SchemaShape.Create(TypedColumn.SchemaOf(Transformer.OutputColumns)));
    }
}

/// <summary>Calls a user's function on every row, once for all the columns that it fills.</summary>
public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
{
    private readonly IHost _host;
    private readonly Action<TSrc, TDst> _mapAction;
    private readonly string _contractName;
    private readonly SchemaDefinition _inputSchemaDefinition;

    internal CustomMappingTransformer(IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName,
        SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
    {
        _host = env.Register(nameof(CustomMappingTransformer<TSrc, TDst>));
        _host.CheckValue(mapAction, nameof(mapAction));
        _mapAction = mapAction;
        _contractName = contractName;
        _inputSchemaDefinition = inputSchemaDefinition;
        InputColumns = TypedColumn.Of(typeof(TSrc), SchemaDefinition.Direction.Write, inputSchemaDefinition);
        OutputColumns = TypedColumn.Of(typeof(TDst), SchemaDefinition.Direction.Write, outputSchemaDefinition);
    }

    internal TypedColumn[] InputColumns { get; }

    internal TypedColumn[] OutputColumns { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema).OutputSchema;
    }

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return Bind(input.Schema).Apply(input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        _host.Check(_contractName != null, "Empty contract name for a transform: the transform cannot be saved");
        CustomMappingLoader.Save(ctx, _contractName, _mapAction.Method.DeclaringType.Assembly.FullName);
    }

    private Mapping Bind(DataViewSchema input)
        => new(this, input, new TypedFiller<TSrc>(input, ignoreMissingColumns: false, _inputSchemaDefinition));

    private sealed class Mapping(CustomMappingTransformer<TSrc, TDst> parent, DataViewSchema schema, TypedFiller<TSrc> filler)
        : RowToRowMapping(schema, parent.OutputColumns.Select(column => column.Column).ToArray())
    {
        protected override IEnumerable<int> DependenciesOf(int added) => filler.ColumnsNeeded.Select(column => column.Index);

        protected override Delegate MakeGetter(DataViewRow input, int added) => MakeGetters(input, i => i == added)[added];

        protected override Delegate[] MakeGetters(DataViewRow input, Func<int, bool> isActive)
        {
            var fill = filler.Bind(input);
            var (source, destination) = (new TSrc(), new TDst());
            long position = -1;
            return parent.OutputColumns.Select((column, i) => isActive(i) ? column.MakeGetter(Current) : null).ToArray();

            TDst Current()
            {
                if (position != input.Position)
                {
                    fill(source);
                    parent._mapAction(source, destination);
                    position = input.Position;
                }

                return destination;
            }
        }
    }
}
