using Microsoft.ML.SecondOrder.Catalog;

namespace Microsoft.ML.SecondOrder;

/// <summary>Operations that are no trainer; see <see cref="SecondOrderCatalog.SecondOrder(MLContext)"/>.</summary>
public sealed class SecondOrderOperations
{
    private readonly MLContext _context;

    internal SecondOrderOperations(MLContext context) => _context = context;

    /// <summary>
    /// Looks at versions, devices and the speed of matrix products (for a fraction of a second), and says what to do about what
    /// is wrong. Never throws for what it finds.
    /// </summary>
    public Diagnosis Diagnose() => SystemCheck.Run(_context);
}
