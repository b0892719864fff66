#nullable disable
namespace TorchSharp.Utils;

/// <summary>Gives a field another name in the state dictionary than the one it has in the source.</summary>
public class ComponentNameAttribute : Attribute
{
    public string Name { get; set; }
}
