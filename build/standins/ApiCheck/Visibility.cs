using System.Reflection;

namespace ApiCheck;

/// <summary>What a program outside the assembly can see or override.</summary>
internal static class Visibility
{
    public static bool IsVisible(Type type)
        => type.IsNested
            ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
            : type.IsPublic;

    public static bool IsVisible(MethodBase? method) => method != null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);

    public static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase m => IsVisible(m),
        PropertyInfo p => IsVisible(p.GetMethod) || IsVisible(p.SetMethod),
        FieldInfo f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly,
        EventInfo e => IsVisible(e.AddMethod),
        _ => false,
    };

    /// <summary>Whether a class outside the assembly can derive from it.</summary>
    public static bool IsDerivable(Type type)
        => type.IsInterface || type is { IsClass: true, IsSealed: false }
            && type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(c => IsVisible((MethodBase)c))
            && !type.GetMethods(BindingFlags.Instance | BindingFlags.NonPublic).Any(m => m.IsAbstract && !IsVisible((MethodBase)m));

    /// <summary>Access as a rank: higher is wider.</summary>
    public static int Access(MethodBase? method) => method == null ? 0 : method.IsPublic ? 2 : IsVisible(method) ? 1 : 0;
}
