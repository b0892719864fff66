namespace Microsoft.ML.SearchSpace;

/// <summary>An object with parameters of its own.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, Inherited = false, AllowMultiple = false)]
public sealed class NestOptionAttribute : Attribute
{
}
