using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Scoring;

public sealed class PredictionIntervalTests
{
    private const double Noise = 0.3;

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Gelu)]
    public void Variance_in_managed_code_is_that_of_the_posterior(Activation activation)
    {
        using var scope = NewDisposeScope();
        var (kind, shape) = (Network.Mlp(7, 5) with { Activation = activation }, new NetworkShape(3, 1));
        using var network = kind.Create(shape, new Random(1));
        using var generator = new Generator(3, CPU);
        var (x, y) = (randn(new long[] { 40, 3 }, generator: generator), randn(new long[] { 40, 1 }, generator: generator));
        using var posterior = LaplacePosterior.Fit(network, [(x, y)], new GaussianLikelihood());
        posterior.Tune(PriorPrecision.PerInput, steps: 5);
        var (mean, variance) = posterior.Predict(x);

        var managed = new OutputVariance(Fitted.Of(NetworkTask.Regression, kind, shape, network, new Uncertainty(PosteriorFit.Layers(posterior))));

        for (var row = 0; row < 40; row++)
        {
            var expected = variance[row, 0].ToDouble();
            Assert.Equal(expected, managed.Of(x[row].data<float>().ToArray()), 1e-4 * expected);
        }
    }

    [Theory]
    [InlineData(120, true)]
    [InlineData(400, false)]
    public void Intervals_cover_about_as_many_labels_as_they_should(int count, bool byEvidence)
    {
        var ml = new MLContext(1);
        var model = Fit(ml, Rows(count, 1), o => o.Regularization = byEvidence ? null : Regularization.WeightDecay(0.05));

        var scored = model.Transform(ml.Data.LoadFromEnumerable(Rows(2000, 2)));

        var (lower, upper) = (scored.GetColumn<float>("PredictionIntervalLower").ToList(), scored.GetColumn<float>("PredictionIntervalUpper").ToList());
        var (labels, scores) = (scored.GetColumn<float>("Label").ToList(), scored.GetColumn<float>("Score").ToList());
        var deviations = scored.GetColumn<float>("ScoreStandardDeviation").ToList();
        Assert.InRange(labels.Where((l, i) => l >= lower[i] && l <= upper[i]).Count() / 2000.0, 0.83, 0.96);
        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal(scores[i], 0.5f * (lower[i] + upper[i]), 1e-3f));
        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal(1.645f * deviations[i], upper[i] - scores[i], 2e-3f * deviations[i] + 1e-4f));
    }

    [Fact]
    public void Far_from_all_rows_it_is_less_sure()
    {
        var ml = new MLContext(1);
        var model = Fit(ml, Rows(150, 1));
        float Deviation(float at) => model.Transform(ml.Data.LoadFromEnumerable([new Row { Features = [at, at] }])).GetColumn<float>("ScoreStandardDeviation").Single();

        Assert.True(Deviation(6) > 1.5 * Deviation(0), $"{Deviation(6)} against {Deviation(0)}");
    }

    [Fact]
    public void Saved_models_keep_their_intervals_and_estimators_promise_them()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var data = ml.Data.LoadFromEnumerable(Rows(60, 1));
        var trainer = ml.Regression.Trainers.NeuralNetwork(Options());
        var model = trainer.Fit(data);

        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = ml.Model.Load(folder.File("model.zip"), out _);

        var names = loaded.GetOutputSchema(data.Schema).Select(c => c.Name).ToList();
        Assert.Equal(["Score", "ScoreStandardDeviation", "PredictionIntervalLower", "PredictionIntervalUpper"], names[^4..]);
        Assert.Equal(names.Order(), trainer.GetOutputSchema(SchemaShapes.Of(data.Schema)).Select(c => c.Name).Order());
        Assert.Equal(
            model.Transform(data).GetColumn<float>("PredictionIntervalLower"), loaded.Transform(data).GetColumn<float>("PredictionIntervalLower"));
        Assert.True(ml.Regression.Evaluate(loaded.Transform(data)).RSquared > 0.5);
    }

    [Fact]
    public void Noise_and_model_come_apart_on_request_and_make_up_the_whole()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var data = ml.Data.LoadFromEnumerable(Rows(120, 1));
        var model = Fit(ml, Rows(120, 1), o => o.SeparatesNoise = true);
        ml.Model.Save(model, data.Schema, folder.File("model.zip"));

        var scored = ml.Model.Load(folder.File("model.zip"), out _).Transform(data);

        Assert.Equal(["PredictionIntervalUpper", "NoiseStandardDeviation", "ModelStandardDeviation"], scored.Schema.Select(c => c.Name).ToArray()[^3..]);
        float[] Column(string name) => [.. scored.GetColumn<float>(name)];
        var (whole, noise, part) = (Column("ScoreStandardDeviation"), Column("NoiseStandardDeviation"), Column("ModelStandardDeviation"));
        Assert.All(Enumerable.Range(0, 120), i => Assert.Equal(whole[i], Math.Sqrt(noise[i] * noise[i] + part[i] * part[i]), 1e-4 * whole[i]));
        Assert.Single(noise.Distinct());
        Assert.InRange(noise[0], 0.5 * Noise, 2 * Noise);
        Assert.True(part.Distinct().Count() > 100);
    }

    [Fact]
    public void What_cannot_have_intervals_is_named()
    {
        var ml = new MLContext(1);
        var rows = ml.Data.LoadFromEnumerable(Rows(60, 1));
        Exception Error(Action<NeuralNetworkRegressionTrainer.Options> change) => Assert.ThrowsAny<ArgumentException>(() =>
        {
            var options = Options();
            change(options);
            ml.Regression.Trainers.NeuralNetwork(options).Fit(rows);
        });

        Assert.Contains("between 0 and 1, but is 90", Error(o => o.PredictionInterval = 90).Message);
        Assert.Contains("needs PredictionInterval", Error(o => (o.SeparatesNoise, o.PredictionInterval) = (true, null)).Message);
        Assert.Contains("OutOfDistributionScore needs a multi-layer perceptron", Error(o => (o.OutOfDistributionScore, o.PredictionInterval, o.Network) = (true, null, Network.ResidualMlp(8, 1))).Message);
        Assert.Contains("Network.Mlp", Error(o => o.Network = Network.ResidualMlp(8, 1)).Message);
        Assert.Contains("'Features' is a vector", Error(o => o.LabelColumnName = "Features").Message);
    }

    private static NeuralNetworkPredictionTransformer Fit(MLContext ml, List<Row> rows, Action<NeuralNetworkRegressionTrainer.Options>? change = null)
    {
        var options = Options();
        change?.Invoke(options);
        return ml.Regression.Trainers.NeuralNetwork(options).Fit(ml.Data.LoadFromEnumerable(rows));
    }

    private static NeuralNetworkRegressionTrainer.Options Options() => new() { Network = Network.Mlp(24, 24), PredictionInterval = 0.9, MaximumNumberOfSteps = 200 };

    private static List<Row> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] x = [(float)(4 * random.NextDouble() - 2), (float)(4 * random.NextDouble() - 2)];
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return new Row { Features = x, Label = (float)(Math.Sin(2 * x[0]) + x[1] + Noise * normal) };
        })];
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
