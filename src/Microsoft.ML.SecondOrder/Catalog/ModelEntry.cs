using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Scoring;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>Called by the assembly Microsoft.ML.SecondOrder.Loader, which knows these names, when ML.NET loads a model.</summary>
internal static class ModelEntry
{
    /// <summary>Makes the transformer of a saved network; <paramref name="context"/> is a ModelLoadContext.</summary>
    public static object Load(object context) => ModelContexts.Load(context) switch
    {
        { Contributions: { } settings, Network: var network } => new FeatureContributionTransformer(network, settings),
        { Network: var network } => new NeuralNetworkPredictionTransformer(network),
    };
}
