using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class ValidatedWeightDecayTests
{
    private const int Columns = 6;

    /// <summary>Classes that are largely chance want more decay than the rule of thumb has.</summary>
    [Fact]
    public void Classes_that_are_not_sure_are_not_learned_by_heart()
    {
        var ml = new MLContext(1);
        var test = View(ml, 3000, 2);
        MulticlassClassificationMetrics Test(Regularization? regularization, out NeuralNetworkPredictionTransformer model)
        {
            model = Trainer(new MLContext(1), o => o.Regularization = regularization).Fit(View(ml, 1200, 1));
            return ml.MulticlassClassification.Evaluate(model.Transform(test));
        }

        var rule = Test(Regularization.WeightDecay(TrainingDefaults.WeightDecay(1200)), out var fixedRate);
        var chosen = Test(null, out var byDefault);

        Assert.True(chosen.LogLoss < 0.97 * rule.LogLoss, $"{chosen.LogLoss} against {rule.LogLoss}");
        Assert.True(chosen.MicroAccuracy > rule.MicroAccuracy, $"{chosen.MicroAccuracy} against {rule.MicroAccuracy}");
        Assert.True(byDefault.Model.Summary.WeightDecay > 1.3 * fixedRate.Model.Summary.WeightDecay, $"{byDefault.Model.Summary.WeightDecay}");
        Assert.NotEqual(1, byDefault.Model.Temperature);
    }

    [Fact]
    public void The_first_training_is_told_of_and_serves_the_temperature_too()
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);

        _ = Trainer(ml).Fit(View(ml, 300, 1));

        Assert.Single(lines, l => l.Contains("Choosing weight decay: training 1 of 1 without a fifth of the rows"));
        Assert.Single(lines, l => l.Contains("Weight decay, chosen by rows that were not learned from"));
        Assert.Single(lines, l => l.Contains("Temperature of the outputs"));
        Assert.DoesNotContain(lines, l => l.Contains("Calibrating"));
    }

    [Theory]
    [InlineData(60, 4)]
    [InlineData(100, 2)]
    [InlineData(200, 1)]
    public void With_few_rows_several_fifths_are_left_out_in_turn(int rows, int trainings)
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);

        var model = Trainer(ml).Fit(View(ml, rows, 1)).Model;

        Assert.Equal(trainings, lines.Count(l => l.Contains("Choosing weight decay: training")));
        Assert.Single(lines, l => l.Contains($", from {trainings * rows / 5} rows that were not learned from"));
        Assert.NotEqual(0.1, model.Summary.WeightDecay);
    }

    [Fact]
    public void An_interrupted_training_goes_on_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        FittedNetwork Fit(int last, string? place) => Trainer(new MLContext(1), o =>
        {
            (o.CheckpointFolder, o.CheckpointEpochs) = (place, place is null ? null : 2);
            o.MetricsCallback = m => _ = m.Epoch == last ? throw new TimeoutException() : 0;
        }).Fit(View(new MLContext(1), 300, 1)).Model;
        Assert.Throws<TimeoutException>(() => Fit(5, folder.File("state")));

        var (whole, resumed) = (Fit(-1, null), Fit(-1, folder.File("state")));

        Assert.Equal(CheckpointTests.Bits(whole), CheckpointTests.Bits(resumed));
        Assert.Equal((whole.Temperature, whole.Summary.WeightDecay), (resumed.Temperature, resumed.Summary.WeightDecay));
    }

    [Fact]
    public void A_first_training_that_is_cancelled_leaves_nothing_to_return()
    {
        using var source = new CancellationTokenSource();
        var ml = new MLContext(1);
        ml.Log += (_, e) =>
        {
            if (e.Message.Contains("Choosing weight decay"))
            {
                source.Cancel();
            }
        };

        Assert.ThrowsAny<OperationCanceledException>(() => Trainer(ml, o => (o.CancellationToken, o.OnCancellation) = (source.Token, CancellationBehavior.ReturnBest)).Fit(View(ml, 300, 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    public void Too_few_rows_to_leave_some_out_keep_the_rule_of_thumb_and_say_so(int rows)
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);

        var model = Trainer(ml, o => o.Regularization = Regularization.ValidatedWeightDecay).Fit(View(ml, rows, 1)).Model;

        Assert.Equal(0.1, model.Summary.WeightDecay);
        Assert.Single(lines, l => l.Contains($"25 rows are needed to choose it, but there are {rows}"));
    }

    [Fact]
    public void No_time_is_left_after_the_first_training_and_still_there_is_a_model()
    {
        var ml = new MLContext(1);

        var model = Trainer(ml, o => (o.Regularization, o.MaximumTrainingTime) = (Regularization.ValidatedWeightDecay, TimeSpan.FromMilliseconds(1))).Fit(View(ml, 100, 1)).Model;

        Assert.Equal(TrainingStop.TimeLimit, model.Summary.StoppedBy);
        Assert.All(model.Weights, w => Assert.All(w.Values, v => Assert.True(float.IsFinite(v))));
    }

    [Fact]
    public void Numbers_rows_to_validate_with_and_limits_of_time_may_have_it_too()
    {
        var ml = new MLContext(1);
        var numbers = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = "Number", Network = Network.Mlp(16), MaximumNumberOfEpochs = 15, Regularization = Regularization.ValidatedWeightDecay,
        }).Fit(View(ml, 200, 1)).Model;
        var validated = Trainer(ml, o => o.Regularization = Regularization.ValidatedWeightDecay).Fit(View(ml, 200, 1), View(ml, 100, 2)).Model;
        var timed = Trainer(ml, o => (o.Regularization, o.MaximumTrainingTime) = (Regularization.ValidatedWeightDecay, TimeSpan.FromMinutes(5))).Fit(View(ml, 200, 1)).Model;

        Assert.All([numbers, validated, timed], m => Assert.NotEqual(0.1, m.Summary.WeightDecay));
        Assert.All([numbers, validated, timed], m => Assert.Equal(TrainingStop.Completed, m.Summary.StoppedBy));
        Assert.Equal(100, validated.Summary.ValidationRows);
    }

    private static NeuralNetworkMulticlassTrainer Trainer(MLContext ml, Action<NeuralNetworkMulticlassTrainer.Options>? change = null)
    {
        var options = new NeuralNetworkMulticlassTrainer.Options { Network = Network.Mlp(64, 64) };
        change?.Invoke(options);
        return ml.MulticlassClassification.Trainers.NeuralNetwork(options);
    }

    /// <summary>Three classes, none of which is ever sure, and a number.</summary>
    private static IDataView View(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        var rows = new List<Row>();
        for (var r = 0; r < count; r++)
        {
            var x = Enumerable.Range(0, Columns).Select(_ => RandomTable.Normal(random)).ToArray();
            double[] scores = [x[0], x[1] * x[2], Math.Sin(2 * x[3])];
            var drawn = scores.Select(s => 1.5 * s - Math.Log(-Math.Log(random.NextDouble()))).ToArray();
            rows.Add(new Row { Features = [.. x.Select(v => (float)v)], Label = (uint)Array.IndexOf(drawn, drawn.Max()), Number = (float)(scores.Sum() + RandomTable.Normal(random)) });
        }

        return ml.Data.LoadFromEnumerable(rows);
    }

    private sealed class Row
    {
        [VectorType(Columns)]
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }

        public float Number { get; set; }
    }
}
