using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Tells the catalog that an assembly can make instances of a type: by a constructor or a static Create method of the loader
/// type, which takes the argument type (if any) and the parameters of the signature delegate, perhaps after an environment.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class LoadableClassAttribute : LoadableClassAttributeBase
{
    public LoadableClassAttribute(Type instType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(null, instType, instType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(Type instType, Type loaderType, Type argType, Type sigType, string userName, params string[] loadNames)
        : base(null, instType, loaderType, argType, [sigType], userName, loadNames)
    {
    }
}

internal abstract class LoadableClassAttributeBase : Attribute
{
    protected LoadableClassAttributeBase(string summary, Type instType, Type loaderType, Type argType, Type[] sigTypes, string userName, params string[] loadNames)
    {
        Contracts.CheckValue(instType, nameof(instType));
        Contracts.CheckValue(loaderType, nameof(loaderType));
        Contracts.CheckParam(sigTypes is { Length: > 0 }, nameof(sigTypes));
        Summary = summary;
        InstanceType = instType;
        LoaderType = loaderType;
        ArgType = argType;
        SigTypes = sigTypes;
        UserName = userName;
        LoadNames = loadNames is { Length: > 0 } ? loadNames : [userName];
        Contracts.CheckParam(!LoadNames.Any(string.IsNullOrWhiteSpace), nameof(loadNames), "LoadableClass loadName parameter can't be empty");
        var invoke = sigTypes[0].BaseType == typeof(MulticastDelegate) ? sigTypes[0].GetMethod("Invoke") : null;
        Contracts.CheckParam(invoke != null, nameof(sigTypes), "LoadableClass signature type must be a delegate type");
        Type[] parameters = invoke.GetParameters().Select(p => p.ParameterType).ToArray();
        CtorTypes = argType == null ? parameters : [argType, .. parameters];
    }

    public string Summary { get; }
    public Type InstanceType { get; }
    public Type LoaderType { get; }
    public Type ArgType { get; }
    public Type[] SigTypes { get; }
    public Type[] CtorTypes { get; }
    public string UserName { get; }
    public string[] LoadNames { get; }
}
