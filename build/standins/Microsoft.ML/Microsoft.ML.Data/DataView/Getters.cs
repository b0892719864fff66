using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal static class Getters
{
    /// <summary>The getter as one of the asked-for type.</summary>
    public static ValueGetter<TValue> As<TValue>(this Delegate getter)
        => getter as ValueGetter<TValue> ?? throw Contracts.Except(
            $"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");

    /// <summary>Calls a generic function with a type known only at run time: <c>((Func&lt;…&gt;)Make&lt;int&gt;).CallFor&lt;TResult&gt;(type.RawType, …)</c>.</summary>
    public static TResult CallFor<TResult>(this Delegate function, Type type, params object[] arguments)
        => function.CallFor<TResult>([type], function.Target, arguments);

    public static TResult CallFor<TResult>(this Delegate function, Type[] types, object target, params object[] arguments)
        => (TResult)function.Method.GetGenericMethodDefinition().MakeGenericMethod(types)
            .Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);
}
