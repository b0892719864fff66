using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>The annotations by which ML.NET's evaluators and tools know what a column of scores is.</summary>
internal static class ScoreAnnotations
{
    public const string Regression = "Regression";
    public const string MultiOutputRegression = "MultiOutputRegression";
    public const string BinaryClassification = "BinaryClassification";
    public const string MulticlassClassification = "MulticlassClassification";

    private const string SetId = "ScoreColumnSetId";

    private static readonly KeyDataViewType SetIdType = new(typeof(uint), int.MaxValue);

    /// <summary>What the columns of one scorer have in common: the task, and a number of their own in the schema.</summary>
    public static void AddScoreKind(
        this DataViewSchema.Annotations.Builder annotations, string scoreColumnKind, string scoreValueKind, uint setId)
    {
        annotations.AddPrimitiveValue(SetId, SetIdType, setId);
        annotations.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, scoreColumnKind.AsMemory());
        annotations.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, scoreValueKind.AsMemory());
    }

    /// <summary>One more than the largest number that a scorer before has taken.</summary>
    public static uint NextSetId(DataViewSchema schema)
    {
        uint largest = 0;
        foreach (var column in schema)
        {
            if (column.Annotations.Schema.GetColumnOrNull(SetId)?.Type is KeyDataViewType key && key.RawType == typeof(uint))
            {
                uint value = 0;
                column.Annotations.GetValue(SetId, ref value);
                largest = Math.Max(largest, value);
            }
        }

        return largest + 1;
    }
}
