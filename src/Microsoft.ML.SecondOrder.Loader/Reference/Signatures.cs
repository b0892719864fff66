namespace Microsoft.ML;

/// <summary>What a loaded model is.</summary>
public interface ITransformer;

/// <summary>The kind of component that reads models.</summary>
public delegate void SignatureLoadModel(ModelLoadContext context);

/// <summary>An open model file.</summary>
public sealed class ModelLoadContext;

/// <summary>Tells ML.NET's component catalog which type answers to a name in a model file.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class LoadableClassAttribute : Attribute
{
    public LoadableClassAttribute(
        Type instType, Type loaderType, Type? argType, Type sigType, string userName, params string[] loadNames)
    {
    }
}
