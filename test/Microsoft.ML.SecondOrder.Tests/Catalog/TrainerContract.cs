using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>What holds for the trainer of every task. See the other parts of this class for data, schema and scoring.</summary>
public abstract partial class TrainerContract
{
    /// <summary>The label column of an <see cref="Example"/>.</summary>
    protected abstract string Label { get; }

    /// <summary>Its type in ML.NET's wording.</summary>
    protected abstract string LabelType { get; }

    /// <summary>A trainer as the catalog makes it.</summary>
    protected abstract ITrainerEstimator<NeuralNetworkPredictionTransformer, FittedNetwork> Trainer(
        MLContext ml, Action<NeuralNetworkTrainerOptions>? change = null);

    /// <summary>ML.NET's own trainer for the same task and columns; null where it has none.</summary>
    protected abstract IEstimator<ITransformer>? BuiltIn(MLContext ml);

    /// <summary>ML.NET's metric for scored rows: between 0, no better than guessing, and 1.</summary>
    protected abstract double Quality(MLContext ml, IDataView scored);

    protected abstract IEnumerable<double> CrossValidated(MLContext ml, IDataView data, IEstimator<ITransformer> estimator, int folds);

    /// <summary>How much the metric suffers when a feature is shuffled, feature by feature; larger means more. Null where ML.NET has no metric.</summary>
    protected abstract double[]? Importance(MLContext ml, NeuralNetworkPredictionTransformer model, IDataView scored);

    /// <summary>Takes the label away from a row; false where the task's label cannot be missing.</summary>
    protected abstract bool RemoveLabel(Example row);

    /// <summary>Settings that make a training quick.</summary>
    protected void Quick(NeuralNetworkTrainerOptions options)
    {
        options.LabelColumnName = Label;
        options.Network = Network.Mlp(8);
        options.MaximumNumberOfEpochs = 2;
    }

    private NeuralNetworkPredictionTransformer Fit(MLContext ml, IDataView data, Action<NeuralNetworkTrainerOptions>? change = null) =>
        Trainer(ml, o =>
        {
            Quick(o);
            change?.Invoke(o);
        }).Fit(data);

    [Fact]
    public void It_learns()
    {
        var ml = new MLContext(seed: 1);

        var model = Trainer(ml, o => o.LabelColumnName = Label).Fit(Examples.View(ml, 500));

        Assert.InRange(Quality(ml, model.Transform(Examples.View(ml, 500, seed: 2))), 0.85, 1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        string[] Run(int seed)
        {
            var ml = new MLContext(seed);
            var data = Examples.View(ml);
            return Scores.Of(Fit(ml, data).Transform(data));
        }

        var first = Run(1);

        Assert.Equal(first, Run(1));
        Assert.NotEqual(first, Run(2));
    }

    [Fact]
    public void Fits_side_by_side_equal_fits_one_by_one()
    {
        string[] Run(int seed)
        {
            var ml = new MLContext(seed);
            var data = Examples.View(ml);
            return Scores.Of(Fit(ml, data).Transform(data));
        }

        var alone = Enumerable.Range(1, 4).Select(Run).ToArray();
        var together = new string[4][];
        Parallel.For(0, 4, i => together[i] = Run(i + 1));

        Assert.Equal(alone, together);
    }

    [Fact]
    public void A_fit_leaves_no_tensor_behind() => Leak.None(() =>
    {
        var ml = new MLContext(seed: 1);
        Fit(ml, Examples.View(ml), o => o.ExampleWeightColumnName = "Weight");
    });

    [Fact]
    public void A_cancelled_fit_leaves_no_tensor_behind() => Leak.None(() =>
    {
        var ml = new MLContext(seed: 1);
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Fit(ml, Examples.View(ml), o =>
        {
            o.CancellationToken = source.Token;
            o.MetricsCallback = _ => source.Cancel();
        }));
    });

    [Fact]
    public void A_token_stops_it_after_the_epoch_that_cancelled_it()
    {
        var ml = new MLContext(seed: 1);
        using var source = new CancellationTokenSource();
        var epochs = 0;

        Assert.Throws<OperationCanceledException>(() => Fit(ml, Examples.View(ml), o =>
        {
            o.CancellationToken = source.Token;
            o.MaximumNumberOfEpochs = 50;
            o.MetricsCallback = _ =>
            {
                if (++epochs == 3)
                {
                    source.Cancel();
                }
            };
        }));

        Assert.Equal(3, epochs);
    }

    [Fact]
    public void A_cancelled_token_stops_it_before_the_first_row()
    {
        var ml = new MLContext(seed: 1);

        Assert.Throws<OperationCanceledException>(() => Fit(
            ml, Examples.View(ml), o => o.CancellationToken = new CancellationToken(canceled: true)));
    }

    [Fact]
    public void It_stops_when_its_context_is_cancelled()
    {
        var ml = new MLContext(seed: 1);
        var epochs = 0;

        Assert.Throws<OperationCanceledException>(() => Fit(ml, Examples.View(ml), o =>
        {
            o.MaximumNumberOfEpochs = 50;
            o.MetricsCallback = _ =>
            {
                epochs++;
                ContextCancel.Of(ml);
            };
        }));

        Assert.Equal(1, epochs);
    }

    [Fact]
    public void It_reports_every_epoch_to_the_callback_and_the_log()
    {
        var ml = new MLContext(seed: 1);
        var lines = new List<LoggingEventArgs>();
        ml.Log += (_, e) => lines.Add(e);
        var metrics = new List<EpochMetrics>();

        Fit(ml, Examples.View(ml), o =>
        {
            o.MaximumNumberOfEpochs = 6;
            o.MetricsCallback = metrics.Add;
        });

        Assert.Equal([1, 2, 3, 4, 5, 6], metrics.Select(m => m.Epoch));
        Assert.All(metrics, m => Assert.Equal(6, m.MaximumNumberOfEpochs));
        Assert.All(metrics, m => Assert.True(m.RootMeanSquaredError is null != m.Accuracy is null));
        Assert.True(metrics[^1].TrainingLoss < metrics[0].TrainingLoss);
        Assert.True(metrics[^1].LearningRate < metrics[1].LearningRate);
        var epochLines = lines.Where(l => l.RawMessage.StartsWith("Epoch ", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, epochLines.Count);
        Assert.All(epochLines, l => Assert.StartsWith("NeuralNetwork", l.Source));
        Assert.Contains("training loss", epochLines[0].RawMessage);
    }

    [Fact]
    public void An_exception_from_the_callback_reaches_the_caller_and_leaves_no_tensor_behind() => Leak.None(() =>
    {
        var ml = new MLContext(seed: 1);

        var thrown = Assert.Throws<FormatException>(() => Fit(
            ml, Examples.View(ml), o => o.MetricsCallback = _ => throw new FormatException("mine")));

        Assert.Equal("mine", thrown.Message);
    });

    [Fact]
    public void It_says_truthfully_what_it_needs()
    {
        var info = Trainer(new MLContext(), Quick).Info;

        Assert.False(info.NeedNormalization);
        Assert.False(info.WantCaching);
    }

    [Fact]
    public void It_cross_validates()
    {
        var ml = new MLContext(seed: 1);
        var trainer = Trainer(ml, o =>
        {
            Quick(o);
            o.MaximumNumberOfEpochs = 20;
        });

        var folds = CrossValidated(ml, Examples.View(ml, 400), trainer, 3).ToList();

        Assert.Equal(3, folds.Count);
        Assert.All(folds, f => Assert.InRange(f, 0.6, 1));
    }

    [Fact]
    public void Permutation_importance_ranks_the_features()
    {
        var ml = new MLContext(seed: 1);
        var model = Trainer(ml, o => o.LabelColumnName = Label).Fit(Examples.View(ml, 400));

        var importance = Importance(ml, model, model.Transform(Examples.View(ml, 400)));

        Assert.SkipWhen(importance is null, "ML.NET has no metric for this task.");
        Assert.Equal(5, importance!.Length);
        Assert.Equal(0, Array.IndexOf(importance, importance.Max()));
        Assert.True(importance[1] > importance[2]);
        Assert.Equal(0, importance[4]);
    }
}
