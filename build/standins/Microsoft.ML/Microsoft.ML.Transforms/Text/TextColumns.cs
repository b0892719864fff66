using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>What transforms of text columns, scalars or vectors, share.</summary>
internal static class TextColumns
{
    public static SchemaShape.Column Input(IExceptionContext context, SchemaShape schema, string name, string expected)
    {
        var input = schema.InputColumn(context, name);
        return input.ItemType is TextDataViewType ? input
            : throw context.ExceptSchemaMismatch("inputSchema", "input", name, expected, input.ItemType.ToString());
    }

    public static void Check(IExceptionContext context, DataViewSchema.Column input, string expected)
    {
        if (input.Type.GetItemType() is not TextDataViewType)
            throw context.ExceptSchemaMismatch("inputSchema", "input", input.Name, expected, input.Type.ToString());
    }

    /// <summary>A getter of the items that each explicit text adds to a list.</summary>
    public static ValueGetter<VBuffer<TItem>> VectorGetter<TItem>(DataViewRow row, DataViewSchema.Column input, Action<ReadOnlyMemory<char>, List<TItem>> add)
    {
        var list = new List<TItem>();
        Action fill;
        if (input.Type is VectorDataViewType)
        {
            var getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(input);
            VBuffer<ReadOnlyMemory<char>> source = default;
            fill = () =>
            {
                getter(ref source);
                foreach (var text in source.GetValues())
                    add(text, list);
            };
        }
        else
        {
            var getter = row.GetGetter<ReadOnlyMemory<char>>(input);
            ReadOnlyMemory<char> source = default;
            fill = () =>
            {
                getter(ref source);
                add(source, list);
            };
        }

        return (ref VBuffer<TItem> destination) =>
        {
            list.Clear();
            fill();
            var editor = VBufferEditor.Create(ref destination, list.Count);
            list.CopyTo(editor.Values);
            destination = editor.Commit();
        };
    }
}
