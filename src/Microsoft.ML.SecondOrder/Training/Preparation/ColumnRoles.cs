using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>Which column plays which part in training, and the check that a schema has them.</summary>
internal sealed record ColumnRoles(string Label, FeatureRoles Features, string? Weight)
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
        Features.Check(schema);
        if (Weight is not null)
        {
            CheckWeight(schema.Find(Weight) ?? throw Missing("weight", Weight));
        }

        task.CheckLabel(schema.Find(Label) ?? throw Missing("label", Label));
    }

    private static void CheckWeight(SchemaShape.Column column)
    {
        if (column.TypeText() != "Single")
        {
            throw Mismatch("weight", column.Name, "Single", column.TypeText(), "Conversion.ConvertType turns a number into Single.");
        }
    }
}
