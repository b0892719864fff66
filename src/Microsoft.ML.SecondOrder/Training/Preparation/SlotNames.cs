using System.Collections.Immutable;
using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>The annotation that names the slots of a vector column.</summary>
internal static class SlotNames
{
    public const string AnnotationKind = "SlotNames";

    /// <summary>The names, one a slot; empty where there are none.</summary>
    public static ImmutableArray<string> Of(DataViewSchema.Column column)
    {
        var annotation = column.Annotations.Schema.GetColumnOrNull(AnnotationKind);
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector
            || annotation?.Type is not VectorDataViewType { ItemType: TextDataViewType } type || type.Size != vector.Size)
        {
            return [];
        }

        VBuffer<ReadOnlyMemory<char>> buffer = default;
        column.Annotations.GetValue(AnnotationKind, ref buffer);
        return [.. buffer.DenseValues().Select(n => n.ToString())];
    }

    /// <summary>A name for each number of one of several columns: its slot's, the column's own where it is one number, or both column and place.</summary>
    public static IEnumerable<string> OrPlaces(DataViewSchema.Column column, int size)
    {
        var names = Of(column);
        return Enumerable.Range(0, size).Select(i => !names.IsEmpty && names[i].Length > 0 ? names[i] : size == 1 ? column.Name : $"{column.Name}.{i}");
    }

    /// <summary>Writes the names as an annotation; nothing where there are none.</summary>
    public static void AddTo(DataViewSchema.Annotations.Builder annotations, ImmutableArray<string> names)
    {
        if (!names.IsEmpty)
        {
            annotations.Add<VBuffer<ReadOnlyMemory<char>>>(
                AnnotationKind, new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> target) =>
                {
                    var editor = VBufferEditor.Create(ref target, names.Length);
                    for (var i = 0; i < names.Length; i++)
                    {
                        editor.Values[i] = names[i].AsMemory();
                    }

                    target = editor.Commit();
                });
        }
    }
}
