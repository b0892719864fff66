namespace Microsoft.ML.SecondOrder.Preconditioners;

/// <summary>M ← (1 − w) M + w s Σ xxᵀ.</summary>
/// <param name="Number">Which update it is, from 1.</param>
/// <param name="Weight">w.</param>
/// <param name="Scale">s.</param>
/// <param name="Seed">For what is drawn in it.</param>
internal readonly record struct FactorUpdate(long Number, double Weight, double Scale, ulong Seed);
