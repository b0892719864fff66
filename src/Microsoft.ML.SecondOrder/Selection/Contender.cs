using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Selection;

/// <summary>A candidate that can be trained.</summary>
/// <param name="Name">Unique among the candidates.</param>
/// <param name="Fit">Trains on rows, within limits.</param>
internal sealed record Contender(string Name, Func<IDataView, FitLimits, ITransformer> Fit);

/// <summary>What a training has to heed. Whole pipelines heed nothing: they are not interrupted.</summary>
/// <param name="Token">Ends it with an exception.</param>
/// <param name="Time">After so much time it ends, schedules included; null for no limit.</param>
/// <param name="Watch">Told after each epoch.</param>
internal sealed record FitLimits(CancellationToken Token, TimeSpan? Time, Action<EpochMetrics> Watch);
