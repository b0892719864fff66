namespace Microsoft.ML.SecondOrder.Tests.Torch;

/// <summary>Tests that seed libtorch's global generator: no other test runs beside them.</summary>
[CollectionDefinition(nameof(GlobalRandomState), DisableParallelization = true)]
public sealed class GlobalRandomState;
