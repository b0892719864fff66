using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using DenseTensor = Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<float>;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class TemperatureTests
{
    private const int Columns = 4;

    [Theory]
    [InlineData(false, 2.5)]
    [InlineData(true, 2.5)]
    [InlineData(false, 0.5)]
    [InlineData(true, 0.5)]
    public void Outputs_that_are_too_sure_or_too_timid_by_a_factor_have_it_as_temperature(bool isBinary, double factor)
    {
        using var scope = NewDisposeScope();
        var (outputs, targets) = Drawn(isBinary, factor);

        var found = TemperatureFit.Of(isBinary ? new BernoulliLikelihood() : new CategoricalLikelihood(), outputs, targets, null, 1e12);

        Assert.Equal(factor, found, 0.05 * factor);
    }

    [Fact]
    public void Few_wrong_rows_draw_the_temperature_towards_1_and_weights_say_which_rows_count()
    {
        using var scope = NewDisposeScope();
        var likelihood = new CategoricalLikelihood();
        var (outputs, targets) = Drawn(isBinary: false, 3);
        var (others, otherTargets) = Drawn(isBinary: false, 0.6);
        double Of(double wrong) => TemperatureFit.Of(likelihood, outputs, targets, null, wrong);

        Assert.Equal(1, Of(0));
        Assert.Equal(Math.Sqrt(Of(1e15)), Of(20), 1e-9);
        Assert.Equal(
            Of(1e15), TemperatureFit.Of(likelihood, cat([outputs, others], 0), cat([targets, otherTargets], 0), cat([ones_like(targets), zeros_like(targets)], 0).to(float64), 1e15), 1e-3);
    }

    [Fact]
    public void Probabilities_of_noisy_classes_come_true_and_nothing_else_changes()
    {
        var ml = new MLContext(1);
        var (train, test) = (View(ml, 400, 1), View(ml, 2000, 2));
        var plain = Trainer(new MLContext(1), ProbabilityCalibration.None).Fit(train);

        var calibrated = Trainer(new MLContext(1), null).Fit(train);

        Assert.Equal(1, plain.Model.Temperature);
        Assert.InRange(calibrated.Model.Temperature, 1.2, 4.5);
        Assert.Equal(CheckpointTests.Bits(plain.Model), CheckpointTests.Bits(calibrated.Model));
        var (before, after) = (ml.MulticlassClassification.Evaluate(plain.Transform(test)), ml.MulticlassClassification.Evaluate(calibrated.Transform(test)));
        Assert.True(after.LogLoss < 0.9 * before.LogLoss, $"{after.LogLoss} against {before.LogLoss}");
        Assert.Equal(before.MicroAccuracy, after.MicroAccuracy);
    }

    [Fact]
    public void Saved_models_ONNX_many_rows_and_warm_starts_keep_the_temperature()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var data = View(ml, 300, 1);
        var model = Trainer(ml, ProbabilityCalibration.Temperature).Fit(data);
        var expected = model.Transform(data).GetColumn<float[]>("Score").SelectMany(s => s).ToArray();
        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        using var onnx = new MemoryStream();
        ml.SecondOrder().ConvertToOnnx(model, onnx);

        var loaded = (NeuralNetworkPredictionTransformer)ml.Model.Load(folder.File("model.zip"), out _);
        var further = Trainer(ml, null).Fit(data, model.Model).Model;

        var features = data.GetColumn<float[]>("Features").SelectMany(f => f).ToArray();
        var scores = new float[expected.Length];
        loaded.Score(features, scores);
        using var session = new InferenceSession(onnx.ToArray());
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("Features", new DenseTensor(features, [300, Columns]))]);
        Assert.NotEqual(1, model.Model.Temperature);
        Assert.Equal(model.Model.Temperature, loaded.Model.Temperature);
        Assert.Equal(model.Model.Temperature, further.Temperature);
        Assert.Equal(expected, scores);
        Assert.All(expected.Zip(results.Single(r => r.Name == "Score").AsTensor<float>()), p => Assert.Equal(p.First, p.Second, 1e-6f));
    }

    [Fact]
    public void True_or_false_keeps_log_odds_probability_and_contributions_in_step()
    {
        var ml = new MLContext(1);
        var data = View(ml, 300, 1);
        var model = ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
        {
            LabelColumnName = "Flag", Network = Network.Mlp(16), Calibration = ProbabilityCalibration.Temperature, MaximumNumberOfEpochs = 20,
        }).Fit(data);

        var scored = ml.SecondOrder().FeatureContributions(model).Transform(model.Transform(data));

        var (scores, probabilities) = (scored.GetColumn<float>("Score").ToArray(), scored.GetColumn<float>("Probability").ToArray());
        var sums = scored.GetColumn<float[]>("FeatureContributions").Select(c => c.Sum()).ToArray();
        Assert.NotEqual(1, model.Model.Temperature);
        Assert.All(scores.Zip(probabilities), p => Assert.Equal(1 / (1 + Math.Exp(-p.First)), p.Second, 1e-6));
        Assert.All(Enumerable.Range(1, 299), i => Assert.Equal(scores[i] - scores[0], sums[i] - sums[0], 1e-2));
    }

    [Fact]
    public void Rows_to_validate_with_take_no_further_training_and_few_rows_no_temperature()
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);

        var measured = Trainer(ml, null).Fit(View(ml, 400, 1), View(ml, 300, 2)).Model;
        var few = Trainer(ml, null).Fit(View(ml, 24, 1)).Model;
        var free = Trainer(ml, null, o => o.Network = Network.ResidualMlp(8, 1)).Fit(View(ml, 400, 1)).Model;
        var timed = Trainer(ml, null, o => o.MaximumTrainingTime = TimeSpan.FromMinutes(1)).Fit(View(ml, 400, 1)).Model;

        Assert.NotEqual(1, measured.Temperature);
        Assert.Equal([1, 1, 1], new[] { few, free, timed }.Select(m => m.Temperature));
        Assert.DoesNotContain(lines, l => l.Contains("without a fifth"));
        Assert.Contains(lines, l => l.Contains("from 300 rows that were not learned from"));
    }

    [Fact]
    public void A_cancelled_training_returns_what_it_has_without_further_ones()
    {
        using var source = new CancellationTokenSource();
        var trainer = Trainer(new MLContext(1), null, o =>
        {
            (o.CancellationToken, o.OnCancellation) = (source.Token, CancellationBehavior.ReturnBest);
            o.MetricsCallback = m => _ = m.Epoch == 3 ? Cancel() : 0;
        });
        int Cancel()
        {
            source.Cancel();
            return 0;
        }

        var model = trainer.Fit(View(new MLContext(1), 300, 1)).Model;

        Assert.Equal(1, model.Temperature);
        Assert.Equal(TrainingStop.Cancelled, model.Summary.StoppedBy);
    }

    [Fact]
    public void A_calibration_that_is_cancelled_returns_the_network_as_it_is()
    {
        using var source = new CancellationTokenSource();
        var ml = new MLContext(1);
        ml.Log += (_, e) =>
        {
            if (e.Message.Contains("without a fifth"))
            {
                source.Cancel();
            }
        };

        var model = Trainer(ml, null, o => (o.CancellationToken, o.OnCancellation) = (source.Token, CancellationBehavior.ReturnBest)).Fit(View(ml, 300, 1)).Model;

        Assert.Equal(1, model.Temperature);
        Assert.Equal(TrainingStop.Completed, model.Summary.StoppedBy);
    }

    [Fact]
    public void An_interrupted_training_comes_to_the_same_temperature()
    {
        using var folder = new TemporaryFolder();
        FittedNetwork Fit(int last, string? place) => Trainer(new MLContext(1), null, o =>
        {
            (o.CheckpointFolder, o.CheckpointEpochs) = (place, place is null ? null : 2);
            o.MetricsCallback = m => _ = m.Epoch == last ? throw new TimeoutException() : 0;
        }).Fit(View(new MLContext(1), 300, 1)).Model;
        Assert.Throws<TimeoutException>(() => Fit(5, folder.File("state")));

        Assert.Equal(Fit(-1, null).Temperature, Fit(-1, folder.File("state")).Temperature);
    }

    /// <summary>4 000 rows of outputs, and classes drawn from what they would say were they divided by the factor.</summary>
    private static (Tensor Outputs, Tensor Targets) Drawn(bool isBinary, double factor)
    {
        using var generator = new Generator(1, CPU);
        var honest = randn([4000, isBinary ? 1 : 3], float64, generator: generator).mul(1.5);
        var level = rand([4000, 1], float64, generator: generator);
        var targets = isBinary ? level.lt(honest.sigmoid()).to(float32) : level.gt(honest.softmax(1).cumsum(1)).sum(dim: 1L).to(int64);
        return (honest.mul(factor), targets);
    }

    private static NeuralNetworkMulticlassTrainer Trainer(MLContext ml, ProbabilityCalibration? calibration, Action<NeuralNetworkMulticlassTrainer.Options>? change = null)
    {
        var options = new NeuralNetworkMulticlassTrainer.Options { Network = Network.Mlp(24, 24), MaximumNumberOfEpochs = 15, Calibration = calibration, WeightDecay = 0.001 };
        change?.Invoke(options);
        return ml.MulticlassClassification.Trainers.NeuralNetwork(options);
    }

    /// <summary>Three classes with much noise.</summary>
    private static IDataView View(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            var x = Enumerable.Range(0, Columns).Select(_ => (float)(2 * random.NextDouble() - 1)).ToArray();
            double[] scores = [2 * x[0], 2 * x[1] * x[2], -x[3]];
            var drawn = scores.Select(s => s - Math.Log(-Math.Log(random.NextDouble()))).ToArray();
            var kind = Array.IndexOf(drawn, drawn.Max());
            return new Row { Features = x, Label = (uint)kind, Flag = kind == 0 };
        }).ToList());
    }

    private sealed class Row
    {
        [VectorType(Columns)]
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }

        public bool Flag { get; set; }
    }
}
