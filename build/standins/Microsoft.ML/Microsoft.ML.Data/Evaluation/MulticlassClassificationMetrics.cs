namespace Microsoft.ML.Data;

/// <summary>How well a multiclass classifier's scores match the labels. Logarithms are natural.</summary>
public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics(double accuracyMicro, double accuracyMacro, double logLoss, double logLossReduction,
        int topKPredictionCount, double[] topKAccuracies, double[] perClassLogLoss, ConfusionMatrix confusionMatrix = null)
    {
        MicroAccuracy = accuracyMicro;
        MacroAccuracy = accuracyMacro;
        LogLoss = logLoss;
        LogLossReduction = logLossReduction;
        TopKPredictionCount = topKPredictionCount;
        TopKAccuracyForAllK = topKAccuracies;
        PerClassLogLoss = perClassLogLoss;
        ConfusionMatrix = confusionMatrix;
    }

    public double LogLoss { get; }

    /// <summary>(entropy of the labels − log-loss) / entropy of the labels.</summary>
    public double LogLossReduction { get; }

    /// <summary>The mean of the classes' accuracies, over classes that occur.</summary>
    public double MacroAccuracy { get; }

    public double MicroAccuracy { get; }

    /// <summary>The share of rows whose label is among the <see cref="TopKPredictionCount"/> highest scores; 0 if not asked for.</summary>
    public double TopKAccuracy => TopKAccuracyForAllK?.LastOrDefault() ?? 0;

    public int TopKPredictionCount { get; }

    /// <summary>The accuracies for k = 1, 2, … <see cref="TopKPredictionCount"/>; null if not asked for.</summary>
    public IReadOnlyList<double> TopKAccuracyForAllK { get; }

    public IReadOnlyList<double> PerClassLogLoss { get; }

    public ConfusionMatrix ConfusionMatrix { get; }
}
