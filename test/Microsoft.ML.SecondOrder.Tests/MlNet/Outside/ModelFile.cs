using System.Reflection;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>The few internals through which an outside transformer writes and reads itself in a model file.</summary>
internal static class ModelFile
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
    private static readonly Assembly Core = typeof(ModelSaveContext).Assembly;

    public static BinaryWriter Begin(ModelSaveContext context, string modelSignature, string loaderSignature, string loaderAssembly)
    {
        var constructor = Core.GetType("Microsoft.ML.VersionInfo", throwOnError: true)!.GetConstructors(Any).Single(c => c.GetParameters().Length > 0);
        var arguments = constructor.GetParameters().Select(p => p.Name switch
        {
            "modelSignature" => modelSignature,
            "verWrittenCur" or "verReadableCur" or "verWeCanReadBack" => 0x00010001u,
            "loaderSignature" => loaderSignature,
            "loaderAssemblyName" => loaderAssembly,
            _ => p.DefaultValue,
        });
        typeof(ModelSaveContext).GetMethod("SetVersionInfo", Any)!.Invoke(context, [constructor.Invoke([.. arguments])]);
        return (BinaryWriter)typeof(ModelSaveContext).GetField("Writer", Any)!.GetValue(context)!;
    }

    public static BinaryReader Reader(object loadContext) => (BinaryReader)loadContext.GetType().GetField("Reader", Any)!.GetValue(loadContext)!;
}
