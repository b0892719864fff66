using System.Reflection;
using Microsoft.ML.SecondOrder.Loader;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>
/// The bridge into ML.NET's model files. A component outside ML.NET can neither write the header of its entry nor reach
/// the entry's stream, except through the internal members below, unchanged since ML.NET 1.4; they are named here and
/// nowhere else. How a saved network is found again: see Microsoft.ML.SecondOrder.Loader.
/// </summary>
internal static class ModelContexts
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const string ModelSignature = "2NDORDER";
    private const uint HeaderVersion = 0x00010001;

    // ML.NET wraps an exception from a loader in one that says so only if it carries this mark.
    private const string Mark = "ML_IsMarked";

    private static readonly Assembly Core = typeof(ModelSaveContext).Assembly;

    /// <summary>Saves a network as the entry of a model file that is being written.</summary>
    public static void Save(FittedNetwork network, ModelSaveContext context, ContributionSettings? contributions = null)
    {
        WriteHeader(context);
        var writer = (BinaryWriter)Field(typeof(ModelSaveContext), "Writer").GetValue(context)!;
        NetworkFile.Write(network, writer, contributions);
    }

    /// <summary>Loads a network from the entry of a model file; <paramref name="context"/> is a ModelLoadContext.</summary>
    /// <exception cref="FormatException">The entry is damaged or from a newer version.</exception>
    public static SavedModel Load(object context)
    {
        var reader = (BinaryReader)Field(context.GetType(), "Reader").GetValue(context)!;
        try
        {
            return NetworkFile.ReadModel(reader);
        }
        catch (FormatException damaged)
        {
            damaged.Data[Mark] = 1;
            throw;
        }
    }

    private static void WriteHeader(ModelSaveContext context)
    {
        var versionInfo = Core.GetType("Microsoft.ML.VersionInfo") ?? throw Unknown("VersionInfo");
        var constructor = versionInfo.GetConstructors(Any).FirstOrDefault(c => c.GetParameters().Any(p => p.Name == "loaderSignature"))
            ?? throw Unknown("VersionInfo..ctor");
        var header = constructor.Invoke([.. constructor.GetParameters().Select(Argument)]);
        var setter = typeof(ModelSaveContext).GetMethod("SetVersionInfo", Any) ?? throw Unknown("ModelSaveContext.SetVersionInfo");
        setter.Invoke(context, [header]);
    }

    private static object? Argument(ParameterInfo parameter) => parameter.Name switch
    {
        "modelSignature" => ModelSignature,
        "verWrittenCur" or "verReadableCur" or "verWeCanReadBack" => HeaderVersion,
        "loaderSignature" => NetworkLoader.LoaderSignature,
        "loaderAssemblyName" => typeof(NetworkLoader).Assembly.FullName,
        _ => parameter.HasDefaultValue ? parameter.DefaultValue : null,
    };

    private static FieldInfo Field(Type owner, string name) => owner.GetField(name, Any) ?? throw Unknown($"{owner.Name}.{name}");

    private static NotSupportedException Unknown(string member) =>
        new($"Microsoft.ML {Core.GetName().Version} has no '{member}', which Microsoft.ML.SecondOrder needs to save and load models. "
            + "Use a version of Microsoft.ML that it was made for.");
}
