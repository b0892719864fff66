using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Which column plays which part in training, and the check that a schema has them.</summary>
internal sealed record ColumnRoles(string Label, string Features, string? Weight)
{
    private const string Parameter = "inputSchema";

    /// <summary>The error for a column that a schema lacks, in ML.NET's words.</summary>
    public static Exception Missing(string role, string column) =>
        new ArgumentOutOfRangeException(Parameter, $"Could not find {role} column '{column}'");

    /// <summary>The error for a column of the wrong type, in ML.NET's words, and what to do.</summary>
    public static Exception Mismatch(string role, string column, string expected, string actual, string? remedy = null) =>
        new ArgumentOutOfRangeException(
            Parameter,
            $"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}" + (remedy is null ? "" : ". " + remedy));

    /// <summary>Checks all that a shape tells.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public void Check(SchemaShape schema, LearningTask task)
    {
        CheckFeatures(schema.Find(Features) ?? throw Missing("feature", Features));
        if (Weight is not null)
        {
            CheckWeight(schema.Find(Weight) ?? throw Missing("weight", Weight));
        }

        task.CheckLabel(schema.Find(Label) ?? throw Missing("label", Label));
    }

    /// <summary>The type of the feature column of a checked schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vector is empty.</exception>
    public VectorDataViewType FeatureType(DataViewSchema schema)
    {
        var type = (VectorDataViewType)schema[Features].Type;
        return type.Size > 0
            ? type
            : throw Mismatch("feature", Features, "Vector<Single> with at least one slot", type.ToString());
    }

    private static void CheckFeatures(SchemaShape.Column column)
    {
        const string Expected = "Vector<Single>";
        if (column.TypeText() == Expected)
        {
            return;
        }

        var remedy = column.Kind switch
        {
            SchemaShape.Column.VectorKind.VariableVector =>
                "Give the vector a known size, with [VectorType(size)] on the property or a SchemaDefinition.",
            SchemaShape.Column.VectorKind.Scalar => "Concatenate gathers columns into a vector.",
            _ => "Conversion.ConvertType turns the numbers into Single.",
        };
        throw Mismatch("feature", column.Name, Expected, column.TypeText(), remedy);
    }

    private static void CheckWeight(SchemaShape.Column column)
    {
        if (column.TypeText() != "Single")
        {
            throw Mismatch("weight", column.Name, "Single", column.TypeText(), "Conversion.ConvertType turns a number into Single.");
        }
    }
}
