using System.Diagnostics;
using System.Reflection;

namespace Microsoft.ML.AutoML;

/// <summary>Fits a pipeline and takes the experiment's metric: over validation rows, or over folds.</summary>
internal sealed class PipelineTrialRunner(MLContext context, SweepablePipeline pipeline, IEvaluateMetricManager metric, IDatasetManager data) : ITrialRunner
{
    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        using var registration = ct.Register(Cancel);
        var watch = Stopwatch.StartNew();
        var fits = Sets(settings).Select(set => Fit(settings, set.Train, set.Test)).ToList();
        var mean = fits.Average(f => f.Metric);
        return Task.FromResult(new TrialResult
        {
            TrialSettings = settings,
            Model = fits[0].Model,
            Metric = mean,
            Loss = metric.IsMaximize ? -mean : mean,
            DurationInMilliseconds = watch.Elapsed.TotalMilliseconds,
        });
    }

    public void Dispose() => Cancel();

    private IEnumerable<(IDataView Train, IDataView Test)> Sets(TrialSettings settings) => data switch
    {
        ICrossValidateDatasetManager folds => context.Data.CrossValidationSplit(folds.Dataset, folds.Fold, folds.SamplingKeyColumnName).Select(s => (s.TrainSet, s.TestSet)),
        ITrainValidateDatasetManager sets => [(sets.LoadTrainDataset(context, settings), sets.LoadValidateDataset(context, settings))],
        _ => throw new ArgumentException($"No rows can be taken from {data}."),
    };

    private (ITransformer Model, double Metric) Fit(TrialSettings settings, IDataView train, IDataView test)
    {
        var model = pipeline.BuildFromOption(context, settings.Parameter[AutoMLExperiment.PipelineSearchspaceName]).Fit(train);
        return (model, metric.Evaluate(context, model.Transform(test)));
    }

    /// <summary>A friend of ML.NET would call it directly.</summary>
    private void Cancel() => typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Invoke(context, []);
}
