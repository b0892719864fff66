namespace Microsoft.ML.Data;

/// <summary>How well a regression model's scores match the labels.</summary>
public sealed class RegressionMetrics
{
    internal RegressionMetrics(double l1, double l2, double rms, double lossFunction, double rSquared)
    {
        MeanAbsoluteError = l1;
        MeanSquaredError = l2;
        RootMeanSquaredError = rms;
        LossFunction = lossFunction;
        RSquared = rSquared;
    }

    public double MeanAbsoluteError { get; }

    public double MeanSquaredError { get; }

    public double RootMeanSquaredError { get; }

    /// <summary>The mean squared loss, computed in single precision row by row.</summary>
    public double LossFunction { get; }

    /// <summary>1 − residual / total sum of squares; NaN if all labels are equal, 0 if there are none.</summary>
    public double RSquared { get; }
}
