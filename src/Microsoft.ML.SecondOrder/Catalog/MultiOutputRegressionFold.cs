namespace Microsoft.ML.SecondOrder;

/// <summary>One fold of <see cref="SecondOrderOperations.CrossValidateMultiOutputRegression"/>.</summary>
/// <param name="Fold">From 0.</param>
/// <param name="Model">Trained on the rows of all other folds.</param>
/// <param name="Metrics">Of the rows of this fold.</param>
/// <param name="ScoredHoldOutSet">The rows of this fold with their scores.</param>
public sealed record MultiOutputRegressionFold(int Fold, ITransformer Model, MultiOutputRegressionMetrics Metrics, IDataView ScoredHoldOutSet);
