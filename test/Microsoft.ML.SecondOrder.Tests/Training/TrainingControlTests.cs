using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Validation, limits and cancellation.</summary>
public sealed class TrainingControlTests
{
    [Fact]
    public void Validation_rows_are_measured_after_each_epoch_and_the_best_epoch_is_kept()
    {
        var ml = new MLContext(seed: 1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.RawMessage);
        var validation = Examples.View(ml, 100, seed: 2);

        // Steps grow longer and longer: the last epoch is not the best.
        var model = Trainer(ml, o =>
        {
            o.MaximumNumberOfEpochs = 12;
            o.LearningRateSchedule = TrainingSchedule.Exponential(1000);
        }).Fit(Examples.View(ml), validation);

        var summary = model.Model.Summary;
        var best = model.Model.History.MinBy(m => m.ValidationLoss)!;
        Assert.Equal(100, summary.ValidationRows);
        Assert.Equal(best.Epoch, summary.BestEpoch);
        Assert.Equal(best.ValidationLoss, summary.ValidationLoss);
        Assert.Equal(model.Model.History.Where(m => m.IsBest).Max(m => m.Epoch), best.Epoch);
        Assert.NotEqual(12, best.Epoch);
        Assert.Contains(lines, l => l.StartsWith("Epoch 1/12: training loss ", StringComparison.Ordinal) && l.Contains("validation loss", StringComparison.Ordinal) && l.EndsWith("left", StringComparison.Ordinal));
        var error = ml.Regression.Evaluate(model.Transform(validation), "Number").RootMeanSquaredError;
        Assert.Equal(best.ValidationRootMeanSquaredError!.Value, error, 1e-4 * error);
    }

    [Fact]
    public void Rows_held_back_are_not_learned_from()
    {
        var ml = new MLContext(seed: 1);

        var summary = Trainer(ml, o => o.ValidationSetFraction = 0.25).Fit(Examples.View(ml, 200)).Model.Summary;

        Assert.Equal((150, 50), (summary.Rows, summary.ValidationRows));
    }

    [Fact]
    public void It_stops_early_when_patience_is_over()
    {
        var ml = new MLContext(seed: 1);

        var model = Trainer(ml, o =>
        {
            o.MaximumNumberOfEpochs = 500;
            o.EarlyStopping = new EarlyStopping { Patience = 3, MinimumImprovement = 1e-3 };
            o.LearningRateSchedule = TrainingSchedule.Constant();
        }).Fit(Examples.View(ml)).Model;

        Assert.Equal(TrainingStop.EarlyStopping, model.Summary.StoppedBy);
        Assert.Equal(20, model.Summary.ValidationRows);
        Assert.InRange(model.Summary.Epochs, 4, 499);
        Assert.True(model.Summary.Epochs >= model.Summary.BestEpoch + 1);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(13, 13)]
    public void Steps_are_limited_within_epochs_too(long limit, long expected)
    {
        var ml = new MLContext(seed: 1);

        var model = Trainer(ml, o =>
        {
            o.MaximumNumberOfEpochs = null;
            o.MaximumNumberOfSteps = limit;
            o.BatchSize = 50;
        }).Fit(Examples.View(ml)).Model;

        Assert.Equal(expected, model.Summary.Steps);
        Assert.Equal(TrainingStop.Completed, model.Summary.StoppedBy);
        Assert.InRange(model.History[^1].LearningRate, 0, 0.2);
    }

    [Fact]
    public void Time_is_limited()
    {
        var ml = new MLContext(seed: 1);

        var model = Trainer(ml, o =>
        {
            o.MaximumNumberOfEpochs = 1_000_000;
            o.MaximumTrainingTime = TimeSpan.FromMilliseconds(300);
        }).Fit(Examples.View(ml)).Model;

        Assert.Equal(TrainingStop.TimeLimit, model.Summary.StoppedBy);
        Assert.True(model.Summary.Steps > 0);
        Assert.True(model.History[^1].LearningRate < 0.5 * model.History.Max(m => m.LearningRate) || model.History.Count < 3);
    }

    [Fact]
    public void Micro_batches_give_the_updates_of_whole_batches()
    {
        float[] Weights(int? size)
        {
            var ml = new MLContext(seed: 1);
            return [.. Trainer(ml, o =>
            {
                o.ExampleWeightColumnName = "Weight";
                o.MicroBatchSize = size;
                o.Optimizer = new KfacOptions { Fisher = FisherKind.Exact, Damping = 0.1 };
            }).Fit(Examples.View(ml)).Model.Weights.SelectMany(w => w.Values)];
        }

        var whole = Weights(null);

        Assert.All(whole.Zip(Weights(7)), p => Assert.Equal(p.First, p.Second, 1e-3f));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cancelled_it_returns_the_best_where_asked_to(bool byContext)
    {
        var ml = new MLContext(seed: 1);
        using var source = new CancellationTokenSource();
        var trainer = Trainer(ml, o =>
        {
            o.OnCancellation = CancellationBehavior.ReturnBest;
            o.CancellationToken = source.Token;
            o.MaximumNumberOfEpochs = 100;
            o.MetricsCallback = m =>
            {
                if (m.Epoch == 4)
                {
                    (byContext ? () => ContextCancel.Of(ml) : (Action)source.Cancel)();
                }
            };
        });

        var model = trainer.Fit(Examples.View(ml));

        Assert.Equal(TrainingStop.Cancelled, model.Model.Summary.StoppedBy);
        Assert.Equal(4, model.Model.Summary.Epochs);
        Assert.All(model.Transform(Examples.View(new MLContext())).GetColumn<float>("Score"), s => Assert.True(float.IsFinite(s)));
    }

    [Fact]
    public void Cancelled_before_the_first_step_it_throws_in_any_case()
    {
        var ml = new MLContext(seed: 1);

        Assert.Throws<OperationCanceledException>(() => Trainer(ml, o =>
        {
            o.OnCancellation = CancellationBehavior.ReturnBest;
            o.CancellationToken = new CancellationToken(canceled: true);
        }).Fit(Examples.View(ml)));
    }

    [Fact]
    public void It_goes_on_from_a_trained_network()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, 300);
        var trainer = Trainer(ml, o => o.MaximumNumberOfEpochs = 20);
        var first = trainer.Fit(data);

        var second = trainer.Fit(Examples.View(ml, 300, seed: 3), first.Model);

        Assert.True(second.Model.History[0].TrainingLoss < 0.3 * first.Model.History[0].TrainingLoss);
        Assert.Equal(first.Model.Features.Scaling.Offset, second.Model.Features.Scaling.Offset);
    }

    [Fact]
    public void A_network_for_other_data_is_refused()
    {
        var ml = new MLContext(seed: 1);
        var first = Trainer(ml, _ => { }).Fit(Examples.View(ml));

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Trainer(ml, o => o.Network = Network.Mlp(9)).Fit(Examples.View(ml), first.Model));

        Assert.Contains("it is Mlp(8) with Silu, but Options.Network is Mlp(9) with Silu", error.Message);
    }

    [Fact]
    public void Class_weights_shift_the_predictions()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List(400);
        rows.RemoveAll(r => r.Flag && r.Id % 10 != 0);
        var data = ml.Data.LoadFromEnumerable(rows);

        int Positive(ClassWeights? weights)
        {
            var options = new NeuralNetworkBinaryTrainer.Options { LabelColumnName = "Flag", Network = Network.Mlp(), MaximumNumberOfEpochs = 3, ClassWeights = weights };
            var model = new MLContext(seed: 1).BinaryClassification.Trainers.NeuralNetwork(options).Fit(data);
            return model.Transform(data).GetColumn<bool>("PredictedLabel").Count(p => p);
        }

        var plain = Positive(null);

        Assert.True(Positive(ClassWeights.Balanced) > plain);
        Assert.True(Positive(ClassWeights.Of(1, 1000)) > Positive(ClassWeights.Balanced));
    }

    [Fact]
    public void Class_weights_of_another_number_are_refused()
    {
        var ml = new MLContext(seed: 1);
        var options = new NeuralNetworkMulticlassTrainer.Options { LabelColumnName = "Kind", ClassWeights = ClassWeights.Of(1, 2) };

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(Examples.View(ml)));

        Assert.Contains("ClassWeights has 2 weights, but the label has 3 classes", error.Message);
    }

    [Fact]
    public void All_problems_of_the_options_are_named()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new MLContext().Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            MaximumNumberOfSteps = 0,
            MaximumTrainingTime = TimeSpan.Zero,
            MicroBatchSize = 0,
            ValidationSetFraction = 1,
            EarlyStopping = new EarlyStopping { Patience = 0 },
            MemoryBudget = 0,
            CheckpointEpochs = 1,
        }));

        foreach (var name in new[] { "MaximumNumberOfSteps", "MaximumTrainingTime", "MicroBatchSize", "ValidationSetFraction", "EarlyStopping: Patience", "MemoryBudget", "CheckpointFolder" })
        {
            Assert.Contains(name, error.Message);
        }
    }

    internal static NeuralNetworkRegressionTrainer Trainer(MLContext ml, Action<NeuralNetworkRegressionTrainer.Options> change)
    {
        var options = new NeuralNetworkRegressionTrainer.Options { LabelColumnName = "Number", Network = Network.Mlp(8), MaximumNumberOfEpochs = 5 };
        change(options);
        return ml.Regression.Trainers.NeuralNetwork(options);
    }
}
