namespace Microsoft.ML.Data;

/// <summary>The annotations of score columns, in the order in which ML.NET writes them.</summary>
internal sealed class ScoreAnnotations
{
    private readonly string _kind;
    private readonly uint _setId;

    private ScoreAnnotations(string kind, uint setId)
    {
        _kind = kind;
        _setId = setId;
    }

    /// <summary>Annotations of the next set of score columns over this schema.</summary>
    public static ScoreAnnotations For(DataViewSchema input, string kind)
        => new(kind, input.GetMaxAnnotationKind(AnnotationUtils.Kinds.ScoreColumnSetId) + 1);

    public DataViewSchema.Annotations IdKindValue(string valueKind)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddSetId(builder);
        AddKind(builder);
        AddValueKind(builder, valueKind);
        return builder.ToAnnotations();
    }

    public DataViewSchema.Annotations PredictedLabel(LabelValues labels = null)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddKind(builder);
        AddValueKind(builder, AnnotationUtils.ScoreValues.PredictedLabel);
        labels?.AddTo(builder, AnnotationUtils.Kinds.KeyValues);
        AddSetId(builder);
        return builder.ToAnnotations();
    }

    public DataViewSchema.Annotations Score(LabelValues labels = null)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddKind(builder);
        AddSetId(builder);
        AddValueKind(builder, AnnotationUtils.ScoreValues.Score);
        labels?.AddTo(builder, AnnotationUtils.Kinds.TrainingLabelValues);
        if (labels is { AreTexts: true })
            labels.AddTo(builder, AnnotationUtils.Kinds.SlotNames);
        return builder.ToAnnotations();
    }

    public DataViewSchema.Annotations Probability()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddKind(builder);
        AddSetId(builder);
        builder.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
        AddValueKind(builder, AnnotationUtils.ScoreValues.Probability);
        return builder.ToAnnotations();
    }

    private void AddSetId(DataViewSchema.Annotations.Builder builder)
        => builder.AddPrimitiveValue(AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, _setId);

    private void AddKind(DataViewSchema.Annotations.Builder builder) => builder.AddText(AnnotationUtils.Kinds.ScoreColumnKind, _kind);

    private static void AddValueKind(DataViewSchema.Annotations.Builder builder, string valueKind)
        => builder.AddText(AnnotationUtils.Kinds.ScoreValueKind, valueKind);
}
