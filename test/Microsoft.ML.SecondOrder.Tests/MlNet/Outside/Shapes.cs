using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>Makes <see cref="SchemaShape"/>, whose columns have no public constructor: a chain hands its first estimator the shape of the data it is fitted on.</summary>
internal static class Shapes
{
    public static SchemaShape Of(DataViewSchema schema)
    {
        var catcher = new Catcher();
        new EstimatorChain<ITransformer>().Append(catcher).Fit(new RowlessView(schema));
        return catcher.Caught ?? throw new InvalidOperationException("The chain asked its estimator for no output schema.");
    }

    public static SchemaShape With(this SchemaShape input, IEnumerable<SchemaShape.Column> added)
    {
        var columns = added.ToList();
        return new SchemaShape(input.Where(c => columns.All(a => a.Name != c.Name)).Concat(columns));
    }

    public static SchemaShape.Column Named(this SchemaShape shape, string name) => shape.Single(c => c.Name == name);

    private sealed class Catcher : IEstimator<ITransformer>
    {
        public SchemaShape? Caught { get; private set; }

        public ITransformer Fit(IDataView input) => new NothingToDo();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Caught = inputSchema;
    }

    private sealed class NothingToDo : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }
}
