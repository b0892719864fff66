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

        var managed = new OutputVariance(Fitted(kind, shape, network), new Uncertainty(0.9, 1, 1, [.. posterior.Posterior().Select(b => (b.Block, N: b.Numbers()))
            .Select(b => new LayerUncertainty(b.Block.Inputs, b.Block.Outputs, b.N.Left, b.N.Right, b.N.Variances))]));

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

    private static FittedNetwork Fitted(MlpNetwork kind, NetworkShape shape, nn.Module network) => new(
        new FeatureInput(
            [new FeatureColumn("Features", new VectorDataViewType(NumberDataViewType.Single, shape.Inputs), InputSegment.Numbers("Features", shape.Inputs))],
            new FeatureScaling([.. new double[shape.Inputs]], [.. Enumerable.Repeat(1.0, shape.Inputs)])),
        new LabelOutput("Label", [TargetScaling.None]))
    {
        Task = NetworkTask.Regression,
        Network = kind,
        Shape = shape,
        Weights = ModuleWeights.Read(network),
        Summary = new TrainingSummary
        {
            Rows = 1, SkippedRows = 0, Epochs = 1, Steps = 1, BatchSize = 1, LearningRate = 1, WeightDecay = 0, TrainingLoss = 0, Optimizer = "",
        },
    };

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
