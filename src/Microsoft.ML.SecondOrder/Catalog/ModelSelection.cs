using Microsoft.ML.Runtime;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Selection;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Catalog;

/// <summary>From candidates to what a <see cref="Selector"/> trains.</summary>
internal static class ModelSelection
{
    private const string Source = "NeuralNetworkSelection";

    /// <summary>What there is to choose from where nothing was given.</summary>
    private static readonly Network[] _usual = [Network.Mlp(32), Network.Mlp(64, 64), Network.Mlp(128, 128), Network.Mlp(256, 256), Network.ResidualMlp(128, 2)];

    /// <param name="context">Whose seed, log and device count.</param>
    /// <param name="data">The rows.</param>
    /// <param name="plan">What is to be selected.</param>
    /// <param name="features">The column that networks read.</param>
    /// <param name="candidates">Null for the usual ones.</param>
    public static SelectionResult Run(MLContext context, IDataView data, SelectionPlan plan, string features, IEnumerable<ModelCandidate>? candidates)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(plan.Label, "labelColumnName");
        ArgumentException.ThrowIfNullOrEmpty(features, "featureColumnName");
        IReadOnlyList<ModelCandidate> all = [.. candidates ?? _usual.Select(n => new ModelCandidate(n))];
        var problems = plan.Problems().Concat(Problems(all, plan)).ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", problems));
        }

        var host = ((IHostEnvironment)context).Register(Source);
        using var channel = host.Start("Selection");
        var contenders = all.Select(c => Contender(host, c, plan, features, data)).ToList();
        return new Selector(context, host, channel, plan, data, contenders).Run();
    }

    private static IEnumerable<string> Problems(IReadOnlyList<ModelCandidate> candidates, SelectionPlan plan)
    {
        if (candidates.Count == 0)
        {
            yield return "There must be at least one candidate, but there is none.";
        }

        if (candidates.GroupBy(c => c?.Name).FirstOrDefault(g => g.Count() > 1 || g.Key is null) is { } same)
        {
            yield return same.Key is null ? "A candidate is null." : $"Candidates must have different names, but {same.Count()} are called '{same.Key}'. Pass new ModelCandidate(name, …).";
        }

        foreach (var candidate in candidates.Where(c => c?.Options is not null))
        {
            var options = candidate.Options!;
            if (Kind(options) != plan.Task)
            {
                yield return $"The options of '{candidate.Name}' are for {Kind(options)}, but the selection is one for {plan.Task}.";
            }

            if (options.LabelColumnName != plan.Label)
            {
                yield return $"The options of '{candidate.Name}' have the label '{options.LabelColumnName}', but the selection has '{plan.Label}': candidates must predict the same.";
            }

            if (options.CheckpointFolder is not null)
            {
                yield return $"The options of '{candidate.Name}' name a CheckpointFolder, which a selection cannot go on from. Leave it null.";
            }
        }
    }

    private static NetworkTask? Kind(NeuralNetworkTrainerOptions options) => options switch
    {
        NeuralNetworkRegressionTrainer.Options => NetworkTask.Regression,
        NeuralNetworkBinaryTrainer.Options => NetworkTask.BinaryClassification,
        NeuralNetworkMulticlassTrainer.Options => NetworkTask.MulticlassClassification,
        _ => null,
    };

    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of the wrong type, or options make no sense.</exception>
    private static Contender Contender(IHost host, ModelCandidate candidate, SelectionPlan plan, string features, IDataView data)
    {
        var shape = SchemaShapes.Of(data.Schema);
        if (candidate.Pipeline is { } pipeline)
        {
            pipeline.GetOutputSchema(shape);
            return new Contender(candidate.Name, (rows, _) => pipeline.Fit(rows));
        }

        var (name, settings) = Settings(candidate, plan, features);
        settings.Columns.Check(shape, LearningTask.Of(plan.Task, settings.RegressionLoss));
        return new Contender(candidate.Name, (rows, limits) =>
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(settings.CancellationToken, limits.Token);
            var own = settings with
            {
                CancellationToken = both.Token,
                OnCancellation = CancellationBehavior.Throw,
                Time = settings.Time is { } time && !(limits.Time < time) ? time : limits.Time,
                IsQuiet = true,
                MetricsCallback = metrics =>
                {
                    settings.MetricsCallback?.Invoke(metrics);
                    limits.Watch(metrics);
                },
            };
            return new NeuralNetworkPredictionTransformer(new NetworkFitter(host.Register(name), own).Fit(rows, validation: null, initial: null));
        });
    }

    private static (string Name, TrainingSettings Settings) Settings(ModelCandidate candidate, SelectionPlan plan, string features) => plan.Task switch
    {
        NetworkTask.Regression => (nameof(NeuralNetworkRegressionTrainer), (candidate.Options
            ?? Filled(new NeuralNetworkRegressionTrainer.Options { Loss = plan.Options.Loss }, candidate, plan, features)).ToSettings(plan.Task)),
        NetworkTask.BinaryClassification => (nameof(NeuralNetworkBinaryTrainer), (candidate.Options
            ?? Filled(new NeuralNetworkBinaryTrainer.Options(), candidate, plan, features)).ToSettings(plan.Task)),
        _ => (nameof(NeuralNetworkMulticlassTrainer), (candidate.Options
            ?? Filled(new NeuralNetworkMulticlassTrainer.Options(), candidate, plan, features)).ToSettings(plan.Task)),
    };

    private static T Filled<T>(T options, ModelCandidate candidate, SelectionPlan plan, string features)
        where T : NeuralNetworkTrainerOptions
    {
        (options.LabelColumnName, options.FeatureColumnName, options.ExampleWeightColumnName, options.Network) = (plan.Label, features, plan.Weight, candidate.Network);
        return options;
    }
}
