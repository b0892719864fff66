using Microsoft.ML.Runtime;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>The environment behind a catalog such as <c>mlContext.Regression.Trainers</c>: seed, log, GPU.</summary>
internal static class CatalogEnvironment
{
    /// <summary>
    /// Every catalog implements IInternalCatalog, which is internal to ML.NET and the only way from a catalog to its
    /// context. A catalog without it gets a context of its own: no seed, no log.
    /// </summary>
    public static IHostEnvironment Of(object catalog) =>
        catalog.GetType().GetInterface("Microsoft.ML.Data.IInternalCatalog")?.GetProperty("Environment")?.GetValue(catalog)
            as IHostEnvironment ?? new MLContext();
}
