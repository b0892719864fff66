using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>Output columns with the annotations that ML.NET's evaluators look for.</summary>
internal static class ScoreColumns
{
    public static DataViewSchema.DetachedColumn Scalar(string name, DataViewType type, string kind, string valueKind, bool normalized = false)
    {
        var annotations = Kinds(kind, valueKind);
        if (normalized) annotations.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true);
        return new(name, type, annotations.ToAnnotations());
    }

    /// <summary><c>PredictedLabel</c> and <c>Score</c> of a multiclass model whose label column is <paramref name="label"/>.</summary>
    public static DataViewSchema.DetachedColumn[] Multiclass(DataViewSchema.Column label, int classes)
    {
        const string kind = "MulticlassClassification";
        var (predicted, score) = (Kinds(kind, "PredictedLabel"), Kinds(kind, "Score"));
        if (label.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is VectorDataViewType { ItemType: var item } type)
        {
            var copy = (Action<DataViewSchema.Annotations.Builder, string>)(item.RawType == typeof(float)
                ? Copy<float>(label, type)
                : Copy<ReadOnlyMemory<char>>(label, type));
            copy(predicted, "KeyValues");
            copy(score, "TrainingLabelValues");
            if (item is TextDataViewType) copy(score, "SlotNames");
        }
        return
        [
            new("PredictedLabel", new KeyDataViewType(typeof(uint), classes), predicted.ToAnnotations()),
            new("Score", new VectorDataViewType(NumberDataViewType.Single, classes), score.ToAnnotations()),
        ];
    }

    private static DataViewSchema.Annotations.Builder Kinds(string kind, string valueKind)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, kind.AsMemory());
        builder.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, valueKind.AsMemory());
        builder.AddPrimitiveValue("ScoreColumnSetId", new KeyDataViewType(typeof(uint), int.MaxValue), 1u);
        return builder;
    }

    private static Action<DataViewSchema.Annotations.Builder, string> Copy<T>(DataViewSchema.Column label, VectorDataViewType type)
    {
        var values = default(VBuffer<T>);
        label.Annotations.GetValue("KeyValues", ref values);
        return (builder, name) => builder.Add(name, type, (ref VBuffer<T> value) => values.CopyTo(ref value));
    }
}
