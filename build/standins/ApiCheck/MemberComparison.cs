using System.Reflection;

namespace ApiCheck;

/// <summary>Two members of equal key: what else a caller or an overrider could trip over.</summary>
internal static class MemberComparison
{
    public static IEnumerable<string> Differences(MemberInfo standIn, MemberInfo real)
    {
        if (Names.Has(real.CustomAttributes, "System.ObsoleteAttribute") && !Names.Has(standIn.CustomAttributes, "System.ObsoleteAttribute"))
            yield return "is not marked obsolete, the real one is";
        var differences = (standIn, real) switch
        {
            (MethodBase ours, MethodBase theirs) => OfMethods(ours, theirs),
            (PropertyInfo ours, PropertyInfo theirs) => OfProperties(ours, theirs),
            (FieldInfo ours, FieldInfo theirs) => OfFields(ours, theirs),
            (EventInfo ours, EventInfo theirs) => OfMethods(ours.AddMethod!, theirs.AddMethod!),
            _ => [$"is a {standIn.MemberType}, the real one a {real.MemberType}"],
        };
        foreach (var difference in differences) yield return difference;
    }

    private static IEnumerable<string> OfMethods(MethodBase standIn, MethodBase real)
    {
        if (standIn.IsStatic != real.IsStatic) yield return standIn.IsStatic ? "is static, the real one not" : "is not static, the real one is";
        if (Visibility.Access(standIn) > Visibility.Access(real)) yield return "is public, the real one protected";
        if (CanOverride(standIn) && !CanOverride(real)) yield return "can be overridden, the real one not";
        if (real.IsAbstract && !standIn.IsAbstract) yield return "is not abstract, the real one is";
        foreach (var difference in OfParameters(standIn.GetParameters(), real.GetParameters())) yield return difference;
        if (standIn is MethodInfo ourMethod && real is MethodInfo theirMethod && !standIn.IsSpecialName) foreach (var difference in Nullness.OfReturn(ourMethod, theirMethod)) yield return difference;
        if (IsExtension(standIn) && !IsExtension(real)) yield return "is an extension method, the real one not";
        if (standIn is MethodInfo { IsGenericMethodDefinition: true } ours && real is MethodInfo { IsGenericMethodDefinition: true } theirs)
            foreach (var difference in GenericParameters.Differences(ours.GetGenericArguments(), theirs.GetGenericArguments())) yield return difference;
    }

    private static IEnumerable<string> OfParameters(ParameterInfo[] standIn, ParameterInfo[] real)
    {
        foreach (var (ours, theirs) in standIn.Zip(real))
        {
            if (ours.Name != theirs.Name) yield return $"parameter '{ours.Name}' is named '{theirs.Name}' in the real one";
            if (Default(ours) != Default(theirs)) yield return $"parameter '{ours.Name}' has {Default(ours)}, in the real one {Default(theirs)}";
            foreach (var difference in Nullness.OfParameter(ours, theirs)) yield return difference;
            if (IsParams(ours) && !IsParams(theirs)) yield return $"parameter '{ours.Name}' is 'params', in the real one not";
        }
    }

    private static IEnumerable<string> OfProperties(PropertyInfo standIn, PropertyInfo real)
    {
        if (Visibility.IsVisible(standIn.GetMethod) && !Visibility.IsVisible(real.GetMethod)) yield return "can be read, the real one not";
        if (Visibility.IsVisible(standIn.SetMethod) && !Visibility.IsVisible(real.SetMethod)) yield return "can be set, the real one not";
        if (Visibility.IsVisible(standIn.SetMethod) && !IsInit(standIn) && Visibility.IsVisible(real.SetMethod) && IsInit(real)) yield return "can be set at any time, the real one only at initialization";
        foreach (var difference in Nullness.OfProperty(standIn, real)) yield return difference;
        if (standIn.GetMethod is { } ourGet && real.GetMethod is { } theirGet) foreach (var difference in OfMethods(ourGet, theirGet)) yield return difference;
        if (standIn.SetMethod is { } ourSet && Visibility.IsVisible(ourSet) && real.SetMethod is { } theirSet) foreach (var difference in OfMethods(ourSet, theirSet)) yield return difference;
        foreach (var difference in OfParameters(standIn.GetIndexParameters(), real.GetIndexParameters())) yield return difference;
    }

    private static IEnumerable<string> OfFields(FieldInfo standIn, FieldInfo real)
    {
        if (standIn.IsStatic != real.IsStatic) yield return standIn.IsStatic ? "is static, the real one not" : "is not static, the real one is";
        if (standIn.IsPublic && !real.IsPublic) yield return "is public, the real one protected";
        if (standIn is { IsInitOnly: false, IsLiteral: false } && (real.IsInitOnly || real.IsLiteral)) yield return "can be assigned, the real one not";
        foreach (var difference in Nullness.OfField(standIn, real)) yield return difference;
        if (standIn.IsLiteral && !real.IsLiteral) yield return "is a constant, the real one not";
        if (standIn.IsLiteral && real.IsLiteral && !Equals(standIn.GetRawConstantValue(), real.GetRawConstantValue()))
            yield return $"is {standIn.GetRawConstantValue()}, the real one {real.GetRawConstantValue()}";
    }

    private static bool CanOverride(MethodBase method)
        => method is { IsVirtual: true, IsFinal: false } && method.DeclaringType is { IsSealed: false, IsInterface: false };

    private static string Default(ParameterInfo parameter)
        => !parameter.IsOptional ? "no default" : parameter.HasDefaultValue ? $"default {parameter.RawDefaultValue switch { null => "null", string s => $"\"{s}\"", var v => v }}" : "an optional value";

    private static bool IsParams(ParameterInfo p)
        => Names.Has(p.CustomAttributes, "System.ParamArrayAttribute") || Names.Has(p.CustomAttributes, "System.Runtime.CompilerServices.ParamCollectionAttribute");

    private static bool IsExtension(MethodBase method) => Names.Has(method.CustomAttributes, "System.Runtime.CompilerServices.ExtensionAttribute");

    private static bool IsInit(PropertyInfo property)
        => property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Any(m => m.FullName == "System.Runtime.CompilerServices.IsExternalInit");
}
