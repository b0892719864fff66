namespace Microsoft.ML.SecondOrder.Networks;

/// <summary>What the data asks of a network.</summary>
/// <param name="Inputs">Number of input features, at least 1.</param>
/// <param name="Outputs">Number of outputs, at least 1: targets for regression, 1 for two classes, the number of classes otherwise.</param>
public sealed record NetworkShape(int Inputs, int Outputs);
