namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What is kept of the contributions of a row's features.</summary>
/// <param name="Positive">How many positive ones, the largest; at least 0.</param>
/// <param name="Negative">How many negative ones, the largest by size; at least 0.</param>
/// <param name="Normalize">Whether they are divided by the largest by size.</param>
internal sealed record ContributionSettings(int Positive, int Negative, bool Normalize);
