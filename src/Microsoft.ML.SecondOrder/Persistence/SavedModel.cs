using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Persistence;

/// <summary>What an entry of a model file holds.</summary>
/// <param name="Network">The network.</param>
/// <param name="Contributions">Where the entry is a transformer that explains; null for one that predicts.</param>
internal sealed record SavedModel(FittedNetwork Network, ContributionSettings? Contributions);
