using System.Reflection;

namespace ApiCheck;

/// <summary>Nullability as far as it makes the compiler warn: a caller must see the same warnings with either assembly.</summary>
internal static class Nullness
{
    private static readonly NullabilityInfoContext Context = new();

    public static IEnumerable<string> OfParameter(ParameterInfo standIn, ParameterInfo real)
        => Of(standIn, real, Context.Create, $"parameter '{standIn.Name}' ", reads: standIn.IsOut, writes: !standIn.IsOut);

    public static IEnumerable<string> OfReturn(MethodInfo standIn, MethodInfo real)
        => Of(standIn.ReturnParameter, real.ReturnParameter, Context.Create, "the result ", reads: true, writes: false);

    public static IEnumerable<string> OfProperty(PropertyInfo standIn, PropertyInfo real)
        => Of(standIn, real, Context.Create, "", reads: standIn.CanRead && real.CanRead, writes: standIn.CanWrite && real.CanWrite);

    public static IEnumerable<string> OfField(FieldInfo standIn, FieldInfo real)
        => Of(standIn, real, Context.Create, "", reads: true, writes: !standIn.IsInitOnly);

    private static IEnumerable<string> Of<T>(T standIn, T real, Func<T, NullabilityInfo> nullability, string what, bool reads, bool writes)
    {
        var (ours, theirs) = (nullability(standIn), nullability(real));
        if (reads && (ours.ReadState == NullabilityState.Nullable) != (theirs.ReadState == NullabilityState.Nullable))
            yield return $"{what}{(ours.ReadState == NullabilityState.Nullable ? "may be null, in the real one not" : "is never null, in the real one it may be")}";
        // Where the real one says nothing, a stand-in that refuses null is only stricter.
        if (writes && ours.WriteState == NullabilityState.NotNull && theirs.WriteState == NullabilityState.Nullable) yield return $"{what}refuses null, the real one takes it";
        if (writes && ours.WriteState != NullabilityState.NotNull && theirs.WriteState == NullabilityState.NotNull) yield return $"{what}takes null, the real one refuses it";
    }
}
