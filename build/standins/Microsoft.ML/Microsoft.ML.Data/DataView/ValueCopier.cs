namespace Microsoft.ML.Data;

/// <summary>Copies a value so that the copy shares no array with it.</summary>
internal static class ValueCopier
{
    public static void Copy<T>(in T source, ref T destination) => Of<T>.Copy(in source, ref destination);

    private delegate void Copier<T>(in T source, ref T destination);

    private static class Of<T>
    {
        public static readonly Copier<T> Copy = typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? typeof(ValueCopier).GetMethod(nameof(CopyVector))!.MakeGenericMethod(typeof(T).GetGenericArguments()).CreateDelegate<Copier<T>>()
            : static (in source, ref destination) => destination = source;
    }

    public static void CopyVector<T>(in VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);
}
