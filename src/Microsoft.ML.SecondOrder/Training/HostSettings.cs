using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>
/// What an MLContext hands to trainers but does not show to other assemblies. Read by reflection, here alone; where a
/// version of ML.NET lacks a member, the default that stands beside it applies.
/// </summary>
internal static class HostSettings
{
    private const string SettingsInterface = "Microsoft.ML.Runtime.IHostEnvironmentInternal";
    private const string CancelInterface = "Microsoft.ML.Runtime.ICancelable";

    /// <summary>MLContext.GpuDeviceId.</summary>
    public static int? GpuDeviceId(IHostEnvironment environment) => Read(environment, SettingsInterface, "GpuDeviceId") as int?;

    /// <summary>MLContext.FallbackToCpu.</summary>
    public static bool FallbackToCpu(IHostEnvironment environment) => Read(environment, SettingsInterface, "FallbackToCpu") is true;

    /// <summary>The seed that the MLContext was made with.</summary>
    public static int? Seed(IHostEnvironment environment) => Read(environment, SettingsInterface, "Seed") as int?;

    /// <summary>Asks whether the context was cancelled.</summary>
    public static Func<bool> Cancelled(IHost host)
    {
        var getter = Property(host, CancelInterface, "IsCanceled")?.GetMethod;
        return getter is null ? () => false : getter.CreateDelegate<Func<bool>>(host);
    }

    private static object? Read(object owner, string interfaceName, string property) =>
        Property(owner, interfaceName, property)?.GetValue(owner);

    private static PropertyInfo? Property(object owner, string interfaceName, string property)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var found = owner.GetType().GetInterface(interfaceName);
        // An interface does not list what it inherits.
        return found is null
            ? null
            : found.GetProperty(property, Any) ?? found.GetInterfaces().Select(i => i.GetProperty(property, Any)).FirstOrDefault(p => p is not null);
    }
}
