using System.Collections.Immutable;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>All that a training needs to go on, to the last bit, in another process.</summary>
/// <param name="Fingerprint">Lines "what: value" that say which data and settings it belongs to.</param>
/// <param name="Loop">Where it stands.</param>
/// <param name="Weights">Of the network.</param>
/// <param name="Optimizer">What <c>SecondOrderOptimizer.SaveState</c> wrote.</param>
/// <param name="Best">The weights of the best epoch; empty for none.</param>
internal sealed record TrainingState(
    string Fingerprint, LoopState Loop, ImmutableArray<NamedWeights> Weights, byte[] Optimizer, ImmutableArray<NamedWeights> Best);
