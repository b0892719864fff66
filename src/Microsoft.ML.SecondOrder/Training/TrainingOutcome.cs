using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a training came to.</summary>
/// <param name="Weights">Those to keep.</param>
/// <param name="State">Where it ended.</param>
/// <param name="Stop">Why it ended.</param>
internal sealed record TrainingOutcome(ImmutableArray<NamedWeights> Weights, LoopState State, TrainingStop Stop);
