using System.Collections.Concurrent;
using Microsoft.ML;

namespace WebApi;

/// <summary>
/// Prediction engines of a model in a file, for all threads; a newer file takes over without a request being lost. A prediction engine
/// is for one thread at a time, so each request borrows one.
/// </summary>
/// <remarks>The file should be replaced in one move; one that is not whole yet is tried again, and the model before it stays in use.</remarks>
internal sealed class ModelPool<TInput, TOutput>(string path, ILogger<ModelPool<TInput, TOutput>> logger) : BackgroundService
    where TInput : class
    where TOutput : class, new()
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);
    private volatile Version _current = Version.Load(path);

    /// <summary>When the file of the model in use was written.</summary>
    public DateTime Written => _current.Written;

    public TOutput Predict(TInput input)
    {
        var version = _current;
        var engine = version.Engines.TryTake(out var idle) ? idle : version.NewEngine();
        try
        {
            return engine.Predict(input);
        }
        finally
        {
            version.Engines.Add(engine);
        }
    }

    /// <summary>Looks for a newer file: by its time, since notifications do not reach into mounted folders.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Renew();
            }
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
    }

    private void Renew()
    {
        if (!File.Exists(path) || File.GetLastWriteTimeUtc(path) == _current.Written)
        {
            return;
        }

        try
        {
            _current = Version.Load(path);
            logger.LogInformation("The model of {Written:u} is in use.", _current.Written);
        }
        catch (Exception trouble) when (trouble is IOException or FormatException or InvalidOperationException or InvalidDataException)
        {
            logger.LogWarning("'{Path}' cannot be read yet: {Trouble} The model of {Written:u} stays in use.", path, trouble.Message, _current.Written);
        }
    }

    /// <summary>One model with its engines. Not disposed when a newer one takes over: requests may still be using it, and it holds managed memory only.</summary>
    private sealed record Version(MLContext Context, ITransformer Model, DateTime Written)
    {
        public ConcurrentBag<PredictionEngine<TInput, TOutput>> Engines { get; } = [];

        public static Version Load(string path)
        {
            var written = File.GetLastWriteTimeUtc(path);
            var context = new MLContext();
            return new Version(context, context.Model.Load(path, out _), written);
        }

        public PredictionEngine<TInput, TOutput> NewEngine() =>
            Context.Model.CreatePredictionEngine<TInput, TOutput>(Model, new PredictionEngineOptions { OwnsTransformer = false });
    }
}
