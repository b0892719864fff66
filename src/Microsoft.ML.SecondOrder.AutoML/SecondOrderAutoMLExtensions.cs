using Microsoft.ML.AutoML;
using Microsoft.ML.SecondOrder.AutoML;

namespace Microsoft.ML;

/// <summary>Experiments of ML.NET's AutoML with networks of this package.</summary>
public static class SecondOrderAutoMLExtensions
{
    /// <summary>Ranks the trials of an experiment by a criterion, and gives it models that learned from all rows.</summary>
    /// <param name="experiment">With pipeline and rows. Call this after <c>SetPipeline</c>, which sets a runner of its own.</param>
    /// <param name="criterion">What ranks. Default null: <c>TrialCriterion.Folds()</c>.</param>
    /// <returns>The experiment.</returns>
    public static AutoMLExperiment SetSecondOrderTrialRunner(this AutoMLExperiment experiment, TrialCriterion? criterion = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return experiment.SetTrialRunner(services => new SecondOrderTrialRunner(
            Required<MLContext>(services, "an MLContext"),
            Required<SweepablePipeline>(services, "a pipeline: call SetPipeline"),
            Required<IDatasetManager>(services, "rows: call SetDataset"),
            (IEvaluateMetricManager?)services.GetService(typeof(IEvaluateMetricManager)),
            criterion));
    }

    private static T Required<T>(IServiceProvider services, string what)
        where T : class => (T?)services.GetService(typeof(T)) ?? throw new InvalidOperationException($"The experiment lacks {what}.");
}
