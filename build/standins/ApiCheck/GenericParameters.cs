using System.Reflection;

namespace ApiCheck;

internal static class GenericParameters
{
    public static IEnumerable<string> Differences(Type[] standIn, Type[] real)
    {
        if (standIn.Length != real.Length)
        {
            yield return $"has {standIn.Length} type parameters, the real one {real.Length}";
            yield break;
        }
        foreach (var (ours, theirs) in standIn.Zip(real))
        {
            if (!ours.IsGenericParameter || !theirs.IsGenericParameter) continue;
            if (Text(ours) != Text(theirs)) yield return $"type parameter {ours.Name} is '{Text(ours)}', the real one '{Text(theirs)}'";
        }
    }

    // Variance, special constraints, constraining types.
    private static string Text(Type parameter)
        => $"[{parameter.GenericParameterAttributes & ~(GenericParameterAttributes)0x20}] : "
            + string.Join(", ", parameter.GetGenericParameterConstraints().Select(Names.Of).Order());
}
