using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Makes <see cref="SchemaShape"/>s, whose own factory is internal to ML.NET.</summary>
internal static class SchemaShapes
{
    /// <summary>The shape of a schema: an estimator chain asks its first estimator for the output of just that.</summary>
    public static SchemaShape Of(DataViewSchema schema)
    {
        var capture = new Capture();
        new EstimatorChain<ITransformer>().Append(capture).Fit(new EmptyView(schema));
        return capture.Shape!;
    }

    public static SchemaShape.Column? Find(this SchemaShape shape, string name)
    {
        foreach (var column in shape)
        {
            if (column.Name == name)
            {
                return column;
            }
        }

        return null;
    }

    /// <summary>The shape with more columns, which hide those of the same name.</summary>
    public static SchemaShape With(this SchemaShape shape, SchemaShape added)
    {
        var names = added.Select(c => c.Name).ToHashSet();
        return new SchemaShape(shape.Where(c => !names.Contains(c.Name)).Concat(added));
    }

    /// <summary>The type in ML.NET's wording, such as <c>Vector&lt;Single&gt;</c>.</summary>
    public static string TypeText(this SchemaShape.Column column)
    {
        var item = column.IsKey ? $"Key<{column.ItemType}>" : column.ItemType.ToString()!;
        return column.Kind switch
        {
            SchemaShape.Column.VectorKind.Vector => $"Vector<{item}>",
            SchemaShape.Column.VectorKind.VariableVector => $"VarVector<{item}>",
            _ => item,
        };
    }

    private sealed class Capture : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public ITransformer Fit(IDataView input) => new Identity();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = inputSchema;
    }

    private sealed class Identity : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }

    private sealed class EmptyView(DataViewSchema schema) : IDataView
    {
        public bool CanShuffle => false;

        public DataViewSchema Schema { get; } = schema;

        public long? GetRowCount() => 0;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            throw new NotSupportedException();

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            throw new NotSupportedException();
    }
}
