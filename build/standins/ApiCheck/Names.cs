using System.Reflection;

namespace ApiCheck;

/// <summary>Types and members as text that is equal for equal signatures, whichever assembly they come from.</summary>
internal static class Names
{
    public static string Of(Type type)
    {
        if (type.IsGenericTypeParameter) return "!" + type.GenericParameterPosition;
        if (type.IsGenericMethodParameter) return "!!" + type.GenericParameterPosition;
        if (type.IsByRef) return Of(type.GetElementType()!) + "&";
        if (type.IsPointer) return Of(type.GetElementType()!) + "*";
        if (type.IsArray) return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericType && !type.IsGenericTypeDefinition)
            return $"{type.GetGenericTypeDefinition().FullName}<{string.Join(",", type.GetGenericArguments().Select(Of))}>";
        return type.FullName ?? type.Name;
    }

    public static string OfMany(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(p => Passing(p) + Of(p.ParameterType)));

    /// <summary>What tells two members of a type apart.</summary>
    public static string Key(MemberInfo member) => member switch
    {
        ConstructorInfo c => $"new({OfMany(c.GetParameters())})",
        MethodInfo m => $"{m.Name}{Arity(m)}({OfMany(m.GetParameters())}) : {Of(m.ReturnType)}",
        PropertyInfo p => $"{p.Name}{(p.GetIndexParameters().Length > 0 ? $"[{OfMany(p.GetIndexParameters())}]" : "")} : {Of(p.PropertyType)} (property)",
        FieldInfo f => $"{f.Name} : {Of(f.FieldType)} (field)",
        EventInfo e => $"{e.Name} : {Of(e.EventHandlerType!)} (event)",
        _ => member.Name,
    };

    private static string Arity(MethodInfo m) => m.IsGenericMethodDefinition ? "`" + m.GetGenericArguments().Length : "";

    // 'in', 'out' and 'ref' share a type in metadata.
    private static string Passing(ParameterInfo p) => !p.ParameterType.IsByRef ? "" : p.IsOut ? "out " : p.IsIn ? "in " : "ref ";

    public static bool Has(IEnumerable<CustomAttributeData> attributes, string fullName) => attributes.Any(a => a.AttributeType.FullName == fullName);
}
