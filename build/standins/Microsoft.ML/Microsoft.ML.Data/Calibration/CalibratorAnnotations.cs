using Microsoft.ML.Data;

namespace Microsoft.ML.Calibrators;

/// <summary>The annotations of a column of calibrated probabilities.</summary>
internal static class CalibratorAnnotations
{
    /// <summary>What is taken over from the score column if it has all of them.</summary>
    public static IReadOnlyList<string> Passed { get; } =
        [AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.Kinds.ScoreColumnKind, AnnotationUtils.Kinds.ScoreValueKind];

    public static DataViewSchema.Annotations Of(DataViewSchema.Column score)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (Passed.All(kind => score.Annotations.Schema.GetColumnOrNull(kind) != null))
        {
            foreach (string kind in Passed)
                builder.Add(score.Annotations, name => name == kind);
        }

        builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
        return builder.ToAnnotations();
    }
}
