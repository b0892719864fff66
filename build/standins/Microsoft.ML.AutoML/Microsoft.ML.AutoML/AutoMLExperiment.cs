using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.AutoML;

/// <summary>Trials one after the other, until time, number or the caller ends them.</summary>
public class AutoMLExperiment
{
    internal const string PipelineSearchspaceName = "_pipeline_";

    private readonly AutoMLExperimentSettings _settings;
    private readonly IChannel _channel;
    private TimeSpan? _time;

    public AutoMLExperiment(MLContext context, AutoMLExperimentSettings settings)
    {
        _settings = settings;
        _settings.Seed ??= Seed(context);
        _settings.SearchSpace ??= new SearchSpace.SearchSpace();
        _channel = ((IChannelProvider)context).Start(nameof(AutoMLExperiment));
        Services.AddShared(_ => _settings);
        Services.AddShared(_ => _channel);
        Services.AddNew(_ => Child(context));
    }

    internal Services Services { get; } = new();

    public AutoMLExperiment SetTrainingTimeInSeconds(uint trainingTimeInSeconds)
    {
        _settings.MaxExperimentTimeInSeconds = trainingTimeInSeconds;
        _time = TimeSpan.FromSeconds(trainingTimeInSeconds);
        return this;
    }

    public AutoMLExperiment SetMaxModelToExplore(int maxModel)
    {
        _settings.MaxModels = maxModel;
        return this;
    }

    public AutoMLExperiment AddSearchSpace(string key, SearchSpace.SearchSpace searchSpace)
    {
        _settings.SearchSpace[key] = searchSpace;
        return this;
    }

    public AutoMLExperiment SetMonitor<TMonitor>(TMonitor monitor)
        where TMonitor : class, IMonitor => SetMonitor(_ => monitor);

    public AutoMLExperiment SetMonitor<TMonitor>()
        where TMonitor : class, IMonitor => SetMonitor(Services.Make<TMonitor>);

    public AutoMLExperiment SetMonitor<TMonitor>(Func<IServiceProvider, TMonitor> factory)
        where TMonitor : class, IMonitor
    {
        Services.AddShared<IMonitor>(factory);
        return this;
    }

    public AutoMLExperiment SetTrialRunner<TTrialRunner>(TTrialRunner runner)
        where TTrialRunner : class, ITrialRunner
    {
        Services.AddShared<ITrialRunner>(_ => runner);
        return this;
    }

    public AutoMLExperiment SetTrialRunner<TTrialRunner>(Func<IServiceProvider, TTrialRunner> factory)
        where TTrialRunner : class, ITrialRunner
    {
        Services.AddNew<ITrialRunner>(factory);
        return this;
    }

    public AutoMLExperiment SetTrialRunner<TTrialRunner>()
        where TTrialRunner : class, ITrialRunner => SetTrialRunner(Services.Make<TTrialRunner>);

    public AutoMLExperiment SetTuner<TTuner>(TTuner proposer)
        where TTuner : class, ITuner => SetTuner(_ => proposer);

    public AutoMLExperiment SetTuner<TTuner>(Func<IServiceProvider, TTuner> factory)
        where TTuner : class, ITuner
    {
        Services.AddShared<ITuner>(factory);
        return this;
    }

    public AutoMLExperiment SetTuner<TTuner>()
        where TTuner : class, ITuner => SetTuner(Services.Make<TTuner>);

    public TrialResult Run() => RunAsync().Result;

    public async Task<TrialResult> RunAsync(CancellationToken ct = default)
    {
        _settings.CancellationToken = ct;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (_time is { } time)
        {
            stop.CancelAfter(time);
        }

        var tuner = Service<ITuner>();
        var monitor = Service<IMonitor>();
        TrialResult best = null;
        for (var trial = 0; trial < _settings.MaxModels && !stop.IsCancellationRequested; trial++)
        {
            var settings = new TrialSettings { TrialId = trial, StartedAtUtc = DateTime.UtcNow, Parameter = Parameter.CreateNestedParameter() };
            settings.Parameter = tuner.Propose(settings);
            monitor?.ReportRunningTrial(settings);
            try
            {
                using var runner = Service<ITrialRunner>();
                var result = await runner.RunAsync(settings, stop.Token);
                settings.EndedAtUtc = DateTime.UtcNow;
                monitor?.ReportCompletedTrial(result);
                tuner.Update(result);
                if (result.Loss < (best?.Loss ?? double.MaxValue))
                {
                    best = result;
                    monitor?.ReportBestTrial(result);
                }
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                _channel.Trace(MessageSensitivity.None, $"Trial {trial} failed: {failure.Message}");
                settings.EndedAtUtc = DateTime.UtcNow;
                monitor?.ReportFailTrial(settings, failure);
                tuner.Update(new TrialResult { TrialSettings = settings, Loss = double.MaxValue });
                if (best is null && failure is not OperationCanceledException and not OutOfMemoryException)
                {
                    throw;
                }
            }
        }

        return best ?? throw new TimeoutException("No trial was completed.");
    }

    private T Service<T>()
        where T : class => (T)Services.GetService(typeof(T));

    /// <summary>A context for one trial, with the settings of the experiment's and its listeners.</summary>
    private MLContext Child(MLContext context)
    {
        var child = new MLContext(Seed(context))
        {
            GpuDeviceId = context.GpuDeviceId,
            FallbackToCpu = context.FallbackToCpu,
            TempFilePath = context.TempFilePath,
        };
        child.Log += (_, e) => Send(e);
        return child;
    }

    private void Send(LoggingEventArgs e)
    {
        Action<MessageSensitivity, string> send = e.Kind switch
        {
            ChannelMessageKind.Error => _channel.Error,
            ChannelMessageKind.Warning => _channel.Warning,
            ChannelMessageKind.Info => _channel.Info,
            _ => _channel.Trace,
        };
        send(MessageSensitivity.Unknown, e.Message);
    }

    /// <summary>A friend of ML.NET would read it directly.</summary>
    private static int? Seed(MLContext context) =>
        (int?)typeof(MLContext).GetInterface("Microsoft.ML.Runtime.IHostEnvironmentInternal")!
            .GetProperty("Seed", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.GetValue(context);

    public class AutoMLExperimentSettings : ExperimentSettings
    {
        public int? Seed { get; set; }

        public SearchSpace.SearchSpace SearchSpace { get; set; }
    }
}
