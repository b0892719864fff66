using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Finds the columns that an evaluation reads, with ML.NET's errors.</summary>
internal static class ScoredColumns
{
    public const string Label = "Label";
    public const string Score = "Score";
    public const string Probability = "Probability";
    public const string PredictedLabel = "PredictedLabel";

    /// <param name="role">What the column is for; ML.NET's message names it after the column.</param>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string role)
        => schema.GetColumnOrNull(name) ?? throw Contracts.ExceptParam(nameof(schema), $"{name} column '{role}' not found");

    public static void CheckType(DataViewSchema.Column column, string role, bool isAllowed, string expected)
    {
        if (!isAllowed)
            throw Contracts.ExceptSchemaMismatch(null, "schema", role, column.Name, expected, column.Type.ToString());
    }

    /// <summary>The key values of a key label with texts; otherwise positive and negative, in this order.</summary>
    public static ReadOnlyMemory<char>[] BinaryClassNames(DataViewSchema.Column label)
    {
        var values = label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues);
        if (label.Type is not KeyDataViewType || values?.Type is not VectorDataViewType { IsKnownSize: true, ItemType: TextDataViewType })
            return ["positive".AsMemory(), "negative".AsMemory()];
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref names);
        return [.. names.DenseValues()];
    }

    /// <summary>The slot names of the score column; without them, the numbers of the classes.</summary>
    public static ReadOnlyMemory<char>[] MulticlassNames(DataViewSchema.Column score)
    {
        int count = score.Type.GetValueCount();
        return [.. (score.SlotNamesOrNull() ?? Enumerable.Range(0, count).Select(c => c.ToString())).Select(name => name.AsMemory())];
    }
}
