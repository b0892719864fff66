namespace Microsoft.ML.Data;

/// <summary>The metrics of a binary classifier that also gives probabilities. Logarithms are to base 2.</summary>
public sealed class CalibratedBinaryClassificationMetrics : BinaryClassificationMetrics
{
    internal CalibratedBinaryClassificationMetrics(BinaryClassificationMetrics scores, double logLoss, double logLossReduction, double entropy)
        : base(scores)
    {
        LogLoss = logLoss;
        LogLossReduction = logLossReduction;
        Entropy = entropy;
    }

    public double LogLoss { get; }

    public double LogLossReduction { get; }

    /// <summary>The log-loss of always predicting the share of positives in the data.</summary>
    public double Entropy { get; }
}
