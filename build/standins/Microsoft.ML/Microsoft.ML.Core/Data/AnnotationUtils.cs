using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Names of the annotations that ML.NET writes, and the ways to read and to promise them.</summary>
internal static class AnnotationUtils
{
    public static class Kinds
    {
        public const string SlotNames = "SlotNames";
        public const string KeyValues = "KeyValues";
        public const string IsNormalized = "IsNormalized";
        public const string CategoricalSlotRanges = "CategoricalSlotRanges";
        public const string TrainingLabelValues = "TrainingLabelValues";
        public const string ScoreColumnSetId = "ScoreColumnSetId";
        public const string ScoreColumnKind = "ScoreColumnKind";
        public const string ScoreValueKind = "ScoreValueKind";
        public const string IsUserVisible = "IsUserVisible";
    }

    public static class ScoreKinds
    {
        public const string BinaryClassification = "BinaryClassification";
        public const string MulticlassClassification = "MulticlassClassification";
        public const string Regression = "Regression";
        public const string Ranking = "Ranking";
        public const string Clustering = "Clustering";
    }

    public static class ScoreValues
    {
        public const string Score = "Score";
        public const string PredictedLabel = "PredictedLabel";
        public const string Probability = "Probability";
    }

    /// <summary>The type of <see cref="Kinds.ScoreColumnSetId"/>.</summary>
    public static KeyDataViewType ScoreColumnSetIdType { get; } = new(typeof(uint), int.MaxValue);

    public static bool HasSlotNames(this DataViewSchema.Column column, int size)
        => size > 0 && column.Annotations.Schema.GetColumnOrNull(Kinds.SlotNames)?.Type is VectorDataViewType { ItemType: TextDataViewType } vector
            && vector.Size == size;

    public static bool NeedsSlotNames(this SchemaShape.Column column)
        => column.Annotations.TryFindColumn(Kinds.KeyValues, out var values)
            && values.Kind == SchemaShape.Column.VectorKind.Vector && values.ItemType is TextDataViewType;

    public static bool HasSlotNames(this SchemaShape.Column column)
        => column.Kind == SchemaShape.Column.VectorKind.Vector && column.Annotations.TryFindColumn(Kinds.SlotNames, out var names)
            && names is { Kind: SchemaShape.Column.VectorKind.Vector, IsKey: false, ItemType: TextDataViewType };

    public static bool IsNormalized(this SchemaShape.Column column)
        => column.Annotations.TryFindColumn(Kinds.IsNormalized, out var flag)
            && flag is { Kind: SchemaShape.Column.VectorKind.Scalar, IsKey: false, ItemType: BooleanDataViewType };

    /// <summary>Slot names as strings, an empty text for a slot without one; null if the column has no slot names.</summary>
    public static string[] SlotNamesOrNull(this DataViewSchema.Column column)
    {
        if (!column.HasSlotNames(column.Type.GetValueCount()))
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(Kinds.SlotNames, ref names);
        return names.DenseValues().Select(name => name.ToString()).ToArray();
    }

    public static void AddSlotNames(this DataViewSchema.Annotations.Builder builder, IReadOnlyList<string> names)
        => builder.AddVector(Kinds.SlotNames, TextDataViewType.Instance, names.Select(name => name.AsMemory()).ToArray());

    /// <summary>Adds a dense vector; the builder keeps the array.</summary>
    public static void AddVector<T>(this DataViewSchema.Annotations.Builder builder, string kind, PrimitiveDataViewType itemType, T[] values)
        => builder.AddVector(kind, new VectorDataViewType(itemType, values.Length), values);

    public static void AddVector<T>(this DataViewSchema.Annotations.Builder builder, string kind, VectorDataViewType type, T[] values)
        => builder.Add(kind, type, (ref VBuffer<T> destination) => VBuffer<T>.Copy(values, 0, ref destination, values.Length));

    public static void AddText(this DataViewSchema.Annotations.Builder builder, string kind, string text)
        => builder.AddPrimitiveValue(kind, TextDataViewType.Instance, text.AsMemory());

    /// <summary>The largest value of a key annotation over the columns of a schema, 0 if no column has it.</summary>
    public static uint GetMaxAnnotationKind(this DataViewSchema schema, string kind)
    {
        uint max = 0;
        foreach (var column in schema)
        {
            if (column.Annotations.Schema.GetColumnOrNull(kind)?.Type is KeyDataViewType type && type.RawType == typeof(uint))
            {
                uint value = 0;
                column.Annotations.GetValue(kind, ref value);
                max = Math.Max(max, value);
            }
        }

        return max;
    }

    /// <summary>The annotations that a trainer promises on a score column.</summary>
    public static IEnumerable<SchemaShape.Column> GetTrainerOutputAnnotation(bool isNormalized = false)
    {
        yield return SchemaShape.Column.Of(Kinds.ScoreColumnSetId, ScoreColumnSetIdType);
        yield return SchemaShape.Column.Of(Kinds.ScoreColumnKind, TextDataViewType.Instance);
        yield return SchemaShape.Column.Of(Kinds.ScoreValueKind, TextDataViewType.Instance);
        if (isNormalized)
            yield return SchemaShape.Column.Of(Kinds.IsNormalized, BooleanDataViewType.Instance);
    }

    /// <summary>The annotations that a multiclass trainer promises on its score column, given its label.</summary>
    public static IEnumerable<SchemaShape.Column> AnnotationsForMulticlassScoreColumn(SchemaShape.Column label)
    {
        if (label.IsKey && label.Annotations.TryFindColumn(Kinds.KeyValues, out var values) && values.Kind == SchemaShape.Column.VectorKind.Vector)
        {
            if (values.ItemType is TextDataViewType)
                yield return new SchemaShape.Column(Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);
            yield return new SchemaShape.Column(Kinds.TrainingLabelValues, SchemaShape.Column.VectorKind.Vector, values.ItemType, false);
        }

        foreach (var column in GetTrainerOutputAnnotation())
            yield return column;
    }
}
