namespace System.Runtime.CompilerServices;

/// <summary>Lets this assembly name internal types of another one. Known to the runtime by its name; no library declares it.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
