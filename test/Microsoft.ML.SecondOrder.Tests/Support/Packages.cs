using System.Reflection;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Support;

/// <summary>Which packages the tests run on: the real ones, or the stand-ins of <c>build/standins</c>.</summary>
public static class Packages
{
    /// <summary>Whether <c>Microsoft.ML</c> is the stand-in.</summary>
    public static bool MicrosoftMLIsStandIn => IsStandIn(typeof(MLContext).Assembly);

    /// <summary>Whether <c>TorchSharp</c> is the stand-in.</summary>
    public static bool TorchSharpIsStandIn => IsStandIn(typeof(torch).Assembly);

    // A stand-in says so in its informational version.
    private static bool IsStandIn(Assembly assembly)
        => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Contains("stand-in", StringComparison.OrdinalIgnoreCase) == true;
}
