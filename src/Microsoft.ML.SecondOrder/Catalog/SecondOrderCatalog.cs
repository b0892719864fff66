using Microsoft.ML.SecondOrder;

namespace Microsoft.ML;

/// <summary>What this package offers beside its trainers.</summary>
public static class SecondOrderCatalog
{
    /// <summary>Operations of Microsoft.ML.SecondOrder that are no trainer.</summary>
    /// <param name="context">The context whose settings count.</param>
    public static SecondOrderOperations SecondOrder(this MLContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new SecondOrderOperations(context);
    }
}
