using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>What a trial's model tells about its training.</summary>
internal static class FittedModels
{
    /// <summary>The last network of a chain; null where there is none.</summary>
    public static FittedNetwork? Last(ITransformer model) => model switch
    {
        NeuralNetworkPredictionTransformer network => network.Model,
        IEnumerable<ITransformer> chain => chain.Reverse().Select(Last).FirstOrDefault(n => n is not null),
        _ => null,
    };

    /// <summary>What was known when the training ended; null where the model holds no network.</summary>
    public static EpochMetrics? End(ITransformer model) => Last(model)?.History.LastOrDefault();
}
