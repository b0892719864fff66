using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A member of a user's class and the column that it stands for.</summary>
internal sealed record TypedColumn(MemberInfo Member, DataViewSchema.DetachedColumn Column)
{
    public string Name => Column.Name;

    public DataViewType Type => Column.Type;

    public static TypedColumn[] Of(Type userType, SchemaDefinition.Direction direction, SchemaDefinition definition = null)
    {
        definition ??= SchemaDefinition.Create(userType, direction);
        return definition.Select(column =>
        {
            var member = TypedMember.Find(userType, column.MemberName);
            var (itemType, isVector) = TypedMember.ItemType(member);
            string name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
            var type = column.ColumnType ?? DefaultType(itemType, isVector);
            bool wantsVector = type is VectorDataViewType;
            Contracts.CheckParam(isVector == wantsVector, "userSchemaDefinition",
                $"Column '{name}' is supposed to be {Kind(wantsVector)}, but type of associated field '{column.MemberName}' is {Kind(isVector)}");
            Contracts.CheckParam(type.GetItemType().RawType == itemType, "userSchemaDefinition",
                $"Column '{name}' is supposed to have item type {type.GetItemType().RawType}, but associated field has type {itemType}");
            return new TypedColumn(member, new DataViewSchema.DetachedColumn(name, type, column.Annotations));
        }).ToArray();
    }

    /// <summary>The columns of a class where a schema says their types and annotations; every column needs a member.</summary>
    public static SchemaDefinition DefinitionFor(IHostEnvironment env, Type userType, DataViewSchema schema)
    {
        var definition = SchemaDefinition.Create(userType, SchemaDefinition.Direction.Read);
        foreach (var column in schema)
        {
            var member = definition[column.Name] ?? throw env.Except($"Type should contain a member named {column.Name}");
            member.ColumnType = column.Type;
            member.AddAnnotations(column.Annotations);
        }

        return definition;
    }

    public static DataViewSchema SchemaOf(IEnumerable<TypedColumn> columns)
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(columns.Select(column => column.Column));
        return schema.ToSchema();
    }

    /// <summary>A getter of the column's type over the object that <paramref name="current"/> gives.</summary>
    public Delegate MakeGetter<TRow>(Func<TRow> current)
        => ((Func<Func<TRow>, Delegate>)MakeGetter<TRow, int>).CallFor<Delegate>([typeof(TRow), TypedMember.ValueType(Member)], this, current);

    private Delegate MakeGetter<TRow, TValue>(Func<TRow> current)
    {
        var read = TypedMember.Reader<TRow, TValue>(Member);
        return TypedMember.MakeGetter(Type, () => read(current()));
    }

    private static DataViewType DefaultType(Type itemType, bool isVector)
    {
        var primitive = ColumnTypeExtensions.PrimitiveTypeFromType(itemType);
        return isVector ? new VectorDataViewType(primitive) : primitive;
    }

    private static string Kind(bool isVector) => isVector ? "vector" : "scalar";
}
