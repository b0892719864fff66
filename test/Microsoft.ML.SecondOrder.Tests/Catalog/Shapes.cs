using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Schemas as text, to be compared.</summary>
public static class Shapes
{
    /// <summary>The visible columns with type and annotations, as far as an estimator can promise them.</summary>
    public static string[] Of(SchemaShape shape) => [.. shape.Select(Text).Order()];

    public static string[] Of(DataViewSchema schema) => Of(SchemaShapes.Of(schema));

    /// <summary>All that is known of a column, with the values of its annotations.</summary>
    public static string[] Annotations(DataViewSchema.Column column) =>
        [$"type {column.Type}", .. column.Annotations.Schema.Select(a => $"{a.Name} {a.Type} {Value(column, a)}").Order()];

    private static string Text(SchemaShape.Column column) =>
        $"{column.Name} {column.TypeText()} [{string.Join(", ", column.Annotations.Select(a => $"{a.Name} {a.TypeText()}").Order())}]";

    private static string Value(DataViewSchema.Column column, DataViewSchema.Column annotation) => annotation.Type switch
    {
        VectorDataViewType { ItemType: TextDataViewType } => Vector<ReadOnlyMemory<char>>(column, annotation.Name),
        VectorDataViewType { ItemType: NumberDataViewType number } when number == NumberDataViewType.Single => Vector<float>(column, annotation.Name),
        VectorDataViewType => "",
        KeyDataViewType => Scalar<uint>(column, annotation.Name),
        TextDataViewType => Scalar<ReadOnlyMemory<char>>(column, annotation.Name),
        BooleanDataViewType => Scalar<bool>(column, annotation.Name),
        _ => "",
    };

    private static string Vector<T>(DataViewSchema.Column column, string kind)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(kind, ref values);
        return string.Join(' ', values.DenseValues());
    }

    private static string Scalar<T>(DataViewSchema.Column column, string kind)
    {
        T value = default!;
        column.Annotations.GetValue(kind, ref value);
        return $"{value}";
    }
}
