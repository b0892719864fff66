using Microsoft.ML.SecondOrder.MarginalLikelihood;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a network was trained with, as far as one has to know it to judge the network by its training rows.</summary>
/// <param name="Columns">Where the rows came from.</param>
/// <param name="Loss">For numbers: what was minimised.</param>
/// <param name="Classes">What each class counts; null for all alike.</param>
/// <param name="Regularization">What kept the weights small.</param>
/// <param name="IsPartial">Whether some parameters were not trained.</param>
/// <param name="HyperParameters">What the evidence chose; null where it did not regularise.</param>
internal sealed record TrainingOrigin(
    ColumnRoles Columns, RegressionLoss Loss, ClassWeights? Classes, Regularization Regularization, bool IsPartial, HyperParameters? HyperParameters);
