using System.Reflection;

namespace ApiCheck;

/// <summary>One type of a stand-in against the real one of the same name.</summary>
internal sealed class TypeComparison(Type standIn, Type real)
{
    private const BindingFlags Declared = All | BindingFlags.DeclaredOnly;
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public int Members { get; private set; }

    public IEnumerable<string> Defects()
    {
        if (Kind(standIn) != Kind(real))
        {
            yield return $"is a {Kind(standIn)}, the real one a {Kind(real)}";
            yield break;
        }
        foreach (var defect in Shape().Concat(Ancestors()).Concat(GenericParameters.Differences(standIn.GetGenericArguments(), real.GetGenericArguments())))
            yield return defect;
        if (standIn.IsEnum && Names.Of(standIn.GetEnumUnderlyingType()) != Names.Of(real.GetEnumUnderlyingType()))
            yield return "has another underlying type";
        if (typeof(MulticastDelegate).FullName == standIn.BaseType?.FullName)
        {
            foreach (var defect in MemberComparison.Differences(standIn.GetMethod("Invoke")!, real.GetMethod("Invoke")!)) yield return defect;
            if (Names.Key(standIn.GetMethod("Invoke")!) != Names.Key(real.GetMethod("Invoke")!)) yield return $"is {Names.Key(standIn.GetMethod("Invoke")!)}, the real one {Names.Key(real.GetMethod("Invoke")!)}";
            yield break;
        }
        foreach (var defect in MemberDefects().Concat(MissingAbstract())) yield return defect;
    }

    private IEnumerable<string> Shape()
    {
        if (IsStatic(standIn) != IsStatic(real)) yield return IsStatic(standIn) ? "is static, the real one not" : "is not static, the real one is";
        else if (real.IsSealed && !standIn.IsSealed && Visibility.IsDerivable(standIn)) yield return "can be derived from, the real one is sealed";
        else if (!Visibility.IsDerivable(real) && Visibility.IsDerivable(standIn)) yield return "can be derived from outside, the real one cannot";
        if (real.IsAbstract && !standIn.IsAbstract) yield return "is not abstract, the real one is";
        if (IsObsolete(real) && !IsObsolete(standIn)) yield return "is not marked obsolete, the real one is";
        foreach (var attribute in new[] { "System.FlagsAttribute", "System.Runtime.CompilerServices.IsReadOnlyAttribute", "System.Runtime.CompilerServices.IsByRefLikeAttribute" })
            if (Names.Has(standIn.CustomAttributes, attribute) && !Names.Has(real.CustomAttributes, attribute)) yield return $"has {attribute}, the real one not";
        if (Usage(standIn) != Usage(real)) yield return $"has attribute usage {Usage(standIn)}, the real one {Usage(real)}";
    }

    private IEnumerable<string> Ancestors()
    {
        var realBases = Bases(real).Select(Names.Of).ToHashSet();
        foreach (var ancestor in Bases(standIn).Where(Visible).Where(b => !realBases.Contains(Names.Of(b))))
            yield return $"derives from {Names.Of(ancestor)}, the real one does not";
        var realInterfaces = real.GetInterfaces().Select(Names.Of).ToHashSet();
        foreach (var shown in standIn.GetInterfaces().Where(Visible).Where(i => !realInterfaces.Contains(Names.Of(i))))
            yield return $"implements {Names.Of(shown)}, the real one does not";
    }

    private IEnumerable<string> MemberDefects()
    {
        var theirs = Seen(real).ToLookup(Names.Key);
        var namesakes = Seen(real).ToLookup(m => m.Name);
        foreach (var member in standIn.GetMembers(Declared).Where(m => m is not Type && Visibility.IsVisible(m) && !IsAccessor(m) && !m.Name.Contains('<')))
        {
            Members++;
            var key = Names.Key(member);
            var counterparts = theirs[key].ToList();
            if (counterparts.Count == 0)
            {
                var similar = namesakes[member.Name].Select(Names.Key).Take(4).ToList();
                yield return $"{key}: the real one has {(similar.Count == 0 ? "no such member" : string.Join(" | ", similar))}";
                continue;
            }
            // An override and what it overrides both count as seen: agreeing with one is enough.
            var differences = counterparts.Select(c => MemberComparison.Differences(member, c).ToList()).MinBy(d => d.Count)!;
            foreach (var difference in differences) yield return $"{key}: {difference}";
        }
    }

    // What an implementer must write on the real package must be asked of him on the stand-in too.
    private IEnumerable<string> MissingAbstract()
    {
        if (!Visibility.IsDerivable(standIn) || !Visibility.IsDerivable(real)) yield break;
        var ours = Seen(standIn).OfType<MethodInfo>().Where(m => m.IsAbstract).Select(Names.Key).ToHashSet();
        foreach (var method in real.GetMethods(All).Where(m => m.IsAbstract && Visibility.IsVisible((MethodBase)m) && !ours.Contains(Names.Key(m))))
            yield return $"{Names.Key(method)}: abstract in the real one, missing or implemented here";
    }

    private static IEnumerable<MemberInfo> Seen(Type type)
        => Bases(type).Prepend(type).Concat(type.IsInterface ? type.GetInterfaces() : [])
            .SelectMany(t => t.GetMembers(Declared).Where(m => m is not ConstructorInfo || t == type))
            .Where(m => m is not Type && Visibility.IsVisible(m));

    private static IEnumerable<Type> Bases(Type type)
    {
        for (var ancestor = type.BaseType; ancestor != null; ancestor = ancestor.BaseType) yield return ancestor;
    }

    private static bool Visible(Type type) => Visibility.IsVisible(type.IsGenericType ? type.GetGenericTypeDefinition() : type);

    private static bool IsStatic(Type type) => type is { IsAbstract: true, IsSealed: true };

    private static bool IsAccessor(MemberInfo member)
        => member is MethodInfo { IsSpecialName: true } method && (method.Name.StartsWith("get_") || method.Name.StartsWith("set_") || method.Name.StartsWith("add_") || method.Name.StartsWith("remove_"));

    private static bool IsObsolete(MemberInfo member) => Names.Has(member.CustomAttributes, "System.ObsoleteAttribute");

    private static string Usage(Type type)
    {
        if (type.CustomAttributes.FirstOrDefault(a => a.AttributeType.FullName == "System.AttributeUsageAttribute") is not { } usage) return "default";
        var named = usage.NamedArguments.ToDictionary(a => a.MemberName, a => a.TypedValue.Value);
        return $"{usage.ConstructorArguments[0].Value} AllowMultiple={named.GetValueOrDefault("AllowMultiple", false)} Inherited={named.GetValueOrDefault("Inherited", true)}";
    }

    private static string Kind(Type type)
        => type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct"
            : type.BaseType?.FullName == typeof(MulticastDelegate).FullName ? "delegate" : "class";
}
