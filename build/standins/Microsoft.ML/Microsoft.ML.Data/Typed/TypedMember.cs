using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Between the members of a user's class and the values of columns.</summary>
internal static class TypedMember
{
    public static Type ValueType(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>The type in memory of a member's values, or of its items if it is an array or a vector buffer.</summary>
    public static (Type Item, bool IsVector) ItemType(MemberInfo member)
    {
        var type = ValueType(member);
        bool isVector = type.IsArray || IsBuffer(type);
        var item = type.IsArray ? type.GetElementType() : isVector ? type.GetGenericArguments()[0] : type;
        var columnType = ColumnTypeExtensions.PrimitiveTypeFromTypeOrNull(item)
            ?? throw Contracts.ExceptParam("rawType", $"Could not determine an IDataView type and registered custom types for member {member.Name}");
        return (columnType.RawType, isVector);
    }

    /// <summary>The public field or property of that name.</summary>
    public static MemberInfo Find(Type type, string name)
        => (MemberInfo)type.GetField(name) ?? type.GetProperty(name)
            ?? throw Contracts.ExceptParam("userSchemaDefinition", $"No field or property with name '{name}' found in type '{type.FullName}'");

    public static Func<TRow, TValue> Reader<TRow, TValue>(MemberInfo member) => Compiled<TRow, TValue>.Readers.GetOrAdd(member, static member =>
    {
        var row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TValue>>(Expression.MakeMemberAccess(row, member), row).Compile();
    });

    public static Action<TRow, TValue> Writer<TRow, TValue>(MemberInfo member) => Compiled<TRow, TValue>.Writers.GetOrAdd(member, static member =>
    {
        var row = Expression.Parameter(typeof(TRow));
        var value = Expression.Parameter(typeof(TValue));
        return Expression.Lambda<Action<TRow, TValue>>(Expression.Assign(Expression.MakeMemberAccess(row, member), value), row, value).Compile();
    });

    /// <summary>A column's getter over values of a user's type: as they are, or arrays and strings as vectors and text.</summary>
    public static Delegate MakeGetter<TValue>(DataViewType type, Func<TValue> read)
    {
        if (read is Func<string> text)
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = text().AsMemory());
        if (read is Func<string[]> texts)
            return ArrayGetter(texts, t => t.AsMemory());
        if (typeof(TValue).IsArray)
            return ((Func<Func<int[]>, Delegate>)ArrayGetter<int>).CallFor<Delegate>(typeof(TValue).GetElementType(), read);
        if (type is KeyDataViewType key)
            return ((Func<Func<int>, ulong, Delegate>)KeyGetter<int>).CallFor<Delegate>(key.RawType, read, key.Count);
        return (ValueGetter<TValue>)((ref TValue value) => ValueCopier.Copy(read(), ref value));
    }

    private static class Compiled<TRow, TValue>
    {
        public static readonly ConcurrentDictionary<MemberInfo, Func<TRow, TValue>> Readers = [];
        public static readonly ConcurrentDictionary<MemberInfo, Action<TRow, TValue>> Writers = [];
    }

    private static bool IsBuffer(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);

    private static Delegate ArrayGetter<T>(Func<T[]> read) => ArrayGetter(read, item => item);

    private static Delegate ArrayGetter<TSource, T>(Func<TSource[]> read, Func<TSource, T> convert) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        var items = read();
        var editor = VBufferEditor.Create(ref value, items?.Length ?? 0);
        if (items is T[] same)
        {
            same.CopyTo(editor.Values);
        }
        else
        {
            for (int i = 0; i < editor.Values.Length; i++)
                editor.Values[i] = convert(items[i]);
        }

        value = editor.Commit();
    });

    /// <summary>Values in memory count from 0; what is not below the count is missing.</summary>
    private static Delegate KeyGetter<T>(Func<T> read, ulong count) => (ValueGetter<T>)((ref T value) =>
    {
        ulong raw = Convert.ToUInt64(read());
        value = (T)Convert.ChangeType(raw < count ? raw + 1 : 0, typeof(T));
    });
}
