using System.Reflection;

namespace Microsoft.ML.SecondOrder.Loader;

/// <summary>
/// Where <c>mlContext.Model.Load</c> finds the networks of Microsoft.ML.SecondOrder: a saved model names this assembly,
/// ML.NET loads it and calls the method <c>Create</c>. Nothing here is meant to be called by applications.
/// </summary>
/// <remarks>
/// This assembly names no type of TorchSharp or of the product in its own metadata, since ML.NET reads all types
/// of an assembly that a model names, and a missing dependency of any of them would make every load fail.
/// </remarks>
public static class NetworkLoader
{
    /// <summary>The name in the header of a saved model; at most 24 ASCII characters.</summary>
    public const string LoaderSignature = "SecondOrderNetwork";

    private const string ProductAssembly = "Microsoft.ML.SecondOrder";
    private const string EntryType = "Microsoft.ML.SecondOrder.Catalog.ModelEntry";
    private const string EntryMethod = "Load";

    // Found by ComponentCatalog: a parameter of type object takes its ModelLoadContext.
    private static ITransformer Create(object context) => (ITransformer)Entry.Value(context);

    private static readonly Lazy<Func<object, object>> Entry = new(FindEntry);

    private static Func<object, object> FindEntry()
    {
        Assembly product;
        try
        {
            product = Assembly.Load(ProductAssembly);
        }
        catch (FileNotFoundException missing)
        {
            throw new InvalidOperationException(
                $"The model holds a network of the package '{ProductAssembly}', whose assembly was not found beside the application. "
                + $"Add it with: dotnet add package {ProductAssembly}", missing);
        }

        var method = product.GetType(EntryType)?.GetMethod(EntryMethod, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException(
                $"The assembly '{product.FullName}' has no '{EntryType}.{EntryMethod}'. Its version does not belong to that of "
                + $"'{typeof(NetworkLoader).Assembly.FullName}'; restore both from one version of the package '{ProductAssembly}'.");
        return method.CreateDelegate<Func<object, object>>();
    }
}
