namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>The second-order methods among which a search chooses.</summary>
public enum SearchedOptimizer
{
    /// <summary>The trainer's default: K-FAC, and other methods for wide layers.</summary>
    Auto,

    /// <summary>SINGD with hierarchical factors, for all layers.</summary>
    Singd,
}
