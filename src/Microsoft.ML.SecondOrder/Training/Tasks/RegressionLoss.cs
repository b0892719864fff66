namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What a network for regression minimises.</summary>
public enum RegressionLoss
{
    /// <summary>
    /// The square of small residuals and the size of large ones, with median and quartiles for scale: a few absurd labels do
    /// no harm. Predicts something between mean and median, so that sums over a skewed label come out too low.
    /// </summary>
    Huber,

    /// <summary>The square of all residuals, with mean and standard deviation for scale: predicts the mean.</summary>
    Squared,
}
