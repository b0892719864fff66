using Microsoft.ML.AutoML;
using Microsoft.ML.SecondOrder.AutoML;

namespace AutoML;

/// <summary>Writes a line for each trial: what was tried, its error over the folds, and beside it the evidence, which does not rank here.</summary>
internal sealed class TrialLines : IMonitor
{
    public void ReportCompletedTrial(TrialResult result)
    {
        // The second estimator of the pipeline, by the key that AutoML gave it.
        var parameters = result.TrialSettings.Parameter["_pipeline_"]["e1"].AsType<NeuralNetworkRegressionParameters>();
        var evidence = ((SecondOrderTrialResult)result).LogEvidence;
        Console.WriteLine($"Trial {result.TrialSettings.TrialId}: {result.Metric:F2} MPa in {result.DurationInMilliseconds / 1000:F1} s, "
            + $"{(evidence is { } value ? $"log evidence {value:F0}" : "without evidence")}: {parameters}");
    }

    public void ReportBestTrial(TrialResult result)
    {
    }

    public void ReportFailTrial(TrialSettings settings, Exception? exception = null) => Console.WriteLine($"Trial {settings.TrialId} failed: {exception?.Message}");

    public void ReportRunningTrial(TrialSettings settings)
    {
    }
}
