using System.Diagnostics;
using System.Reflection;
using Microsoft.ML.AutoML;

namespace Microsoft.ML.SecondOrder.AutoML;

/// <summary>
/// Runs a trial: builds its pipeline, trains it, and judges it by a <see cref="TrialCriterion"/>. By folds of any trainers; rows left out and the evidence
/// are known of this package's networks alone. Set by <c>SetSecondOrderTrialRunner</c>.
/// </summary>
public sealed class SecondOrderTrialRunner : ITrialRunner
{
    /// <summary>Where AutoML keeps the parameters of the pipeline.</summary>
    private const string PipelineKey = "_pipeline_";

    private readonly MLContext _context;
    private readonly SweepablePipeline _pipeline;
    private readonly IDatasetManager _rows;
    private readonly IEvaluateMetricManager? _metric;
    private readonly TrialCriterion _criterion;

    /// <summary>A runner for one trial.</summary>
    /// <param name="context">The trial's own: it is cancelled with the trial.</param>
    /// <param name="pipeline">The experiment's.</param>
    /// <param name="rows">As <c>SetDataset</c> gave them.</param>
    /// <param name="metric">What folds are measured by; null for the usual one of the network's task.</param>
    /// <param name="criterion">What ranks; null for <c>TrialCriterion.Folds()</c>.</param>
    public SecondOrderTrialRunner(
        MLContext context, SweepablePipeline pipeline, IDatasetManager rows, IEvaluateMetricManager? metric = null, TrialCriterion? criterion = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(rows);
        (_context, _pipeline, _rows, _metric, _criterion) = (context, pipeline, rows, metric, criterion ?? TrialCriterion.Folds());
    }

    /// <summary>Trains and judges, on a thread of the pool.</summary>
    /// <param name="settings">The trial's parameters.</param>
    /// <param name="ct">Ends the training at its next step.</param>
    /// <returns>A <see cref="SecondOrderTrialResult"/>.</returns>
    /// <exception cref="OperationCanceledException">The trial was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The model has no value of the criterion; the message says what to do.</exception>
    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Task.Run<TrialResult>(() => Run(settings, ct), ct);
    }

    /// <summary>Does nothing: all that the runner holds is the experiment's.</summary>
    public void Dispose()
    {
    }

    private SecondOrderTrialResult Run(TrialSettings settings, CancellationToken ct)
    {
        using var registration = ct.Register(Cancel);
        var watch = Stopwatch.StartNew();
        try
        {
            var score = _criterion.Judge(new TrialRows(_context, _rows, settings), new TrialMetric(_context, _metric), data => Fit(settings, data, ct));
            ct.ThrowIfCancellationRequested();
            var (end, known) = (FittedModels.End(score.Model), score.Examination);
            return new SecondOrderTrialResult
            {
                TrialSettings = settings,
                Model = score.Model,
                Metric = score.Metric,
                Loss = score.Loss,
                DurationInMilliseconds = watch.Elapsed.TotalMilliseconds,
                Criterion = _criterion,
                FoldMetrics = score.FoldMetrics,
                LeaveOneOut = known?.LeaveOneOut,
                LogEvidence = known?.LogEvidence ?? end?.LogEvidence,
                EffectiveParameters = known?.EffectiveParameters ?? end?.EffectiveParameters,
            };
        }
        catch (Exception failure) when (ct.IsCancellationRequested && failure is not OperationCanceledException)
        {
            // What a cancelled context makes of other trainers, and of an evaluation of their models, has many types.
            throw new OperationCanceledException("The trial was cancelled.", failure, ct);
        }
    }

    /// <summary>A new pipeline for each fit: estimators may remember the first.</summary>
    private ITransformer Fit(TrialSettings settings, IDataView data, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return _pipeline.BuildFromOption(_context, settings.Parameter[PipelineKey]).Fit(data);
    }

    /// <summary><c>MLContext.CancelExecution</c>, which ML.NET shows to its own packages only.</summary>
    private void Cancel() => typeof(MLContext)
        .GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)?.Invoke(_context, []);
}
