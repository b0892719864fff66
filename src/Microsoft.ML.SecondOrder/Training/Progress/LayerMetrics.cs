namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a layer's method says of itself at the end of an epoch.</summary>
/// <param name="Name">The layer's name in the network, such as <c>hidden1</c>.</param>
/// <param name="Damping">λ in effect; null where the method has none.</param>
/// <param name="InputCurvature">Mean of the diagonal of the input factor A; null where the method keeps none.</param>
/// <param name="OutputCurvature">Mean of the diagonal of the output factor G; null where the method keeps none.</param>
public sealed record LayerMetrics(string Name, double? Damping, double? InputCurvature, double? OutputCurvature);
