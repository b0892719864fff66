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

public sealed class UncertaintyTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Covariances_of_classes_in_managed_code_are_those_of_the_posterior(bool lastLayerOnly)
    {
        using var scope = NewDisposeScope();
        var (posterior, fitted, x) = Posterior(outputs: 3, lastLayerOnly, ClassPredictive.PlugIn);
        using var _ = posterior;
        var covariance = posterior.PredictJointly(x).Covariance;

        var managed = new OutputVariance(fitted);

        var root = new float[3 * managed.Width];
        for (var row = 0; row < x.shape[0]; row++)
        {
            managed.Root(x[row].data<float>().ToArray(), root);
            for (var (c, d) = (0, 0); c < 3; (c, d) = d == 2 ? (c + 1, 0) : (c, d + 1))
            {
                var sum = Enumerable.Range(0, managed.Width).Sum(i => (double)root[c * managed.Width + i] * root[d * managed.Width + i]);
                Assert.Equal(covariance[row, c, d].ToDouble(), sum, 1e-4 * Math.Sqrt(covariance[row, c, c].ToDouble() * covariance[row, d, d].ToDouble()));
            }
        }
    }

    [Theory]
    [InlineData(1, ClassPredictive.Probit, 1e-4)]
    [InlineData(3, ClassPredictive.Probit, 1e-4)]
    [InlineData(1, ClassPredictive.MonteCarlo, 0.3)]
    [InlineData(3, ClassPredictive.MonteCarlo, 0.3)]
    public void Probabilities_in_managed_code_are_those_of_the_posterior(int outputs, ClassPredictive predictive, double share)
    {
        using var scope = NewDisposeScope();
        var (posterior, fitted, x) = Posterior(outputs, lastLayerOnly: outputs == 3, predictive);
        using var _ = posterior;
        var (expected, plugIn) = (posterior.PredictProbabilities(x, predictive, 20_000), posterior.PredictProbabilities(x, ClassPredictive.PlugIn));

        var forward = new RowScorer(fitted).Forward;

        var scores = new float[x.shape[0] * outputs];
        forward.Run(x.data<float>().ToArray(), scores);
        var actual = outputs == 1 ? tensor(scores).reshape(-1, 1).sigmoid() : tensor(scores).reshape(-1, outputs).softmax(1);
        var (gap, effect) = (actual.sub(expected).abs().mean().ToSingle(), plugIn.sub(expected).abs().mean().ToSingle());
        Assert.True(effect > 0.01f && gap < share * effect, $"{gap} of {effect}");
    }

    [Theory]
    [InlineData(ClassPredictive.Probit, UncertainLayers.Last)]
    [InlineData(ClassPredictive.MonteCarlo, UncertainLayers.All)]
    public void Classes_know_rows_unlike_those_of_the_training_and_are_less_sure_of_them(ClassPredictive predictive, UncertainLayers layers)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var (train, near, far) = (Rows(ml, 300, 1, 0), Rows(ml, 500, 2, 0), Rows(ml, 500, 3, 8));
        var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
        {
            Network = Network.Mlp(12), MaximumNumberOfEpochs = 10, Predictive = predictive, UncertainLayers = layers, OutOfDistributionScore = true,
        });
        var model = trainer.Fit(train);
        ml.Model.Save(model, train.Schema, folder.File("model.zip"));
        var loaded = (NeuralNetworkPredictionTransformer)ml.Model.Load(folder.File("model.zip"), out _);

        Assert.Equal(model.GetOutputSchema(train.Schema).Select(c => c.Name).Order(), trainer.GetOutputSchema(SchemaShapes.Of(train.Schema)).Select(c => c.Name).Order());
        Assert.InRange(Unusual(loaded, train).Count(u => u > 1) / 300.0, 0.04, 0.06);
        Assert.InRange(AreaUnderCurve(Unusual(loaded, near), Unusual(loaded, far)), 0.95, 1);
        var scored = loaded.Transform(far);
        var scores = scored.GetColumn<float[]>("Score").ToList();
        Assert.Equal(model.Transform(far).GetColumn<float[]>("Score").SelectMany(s => s), scores.SelectMany(s => s));
        Assert.Equal(scores.Select(s => (uint)Array.IndexOf(s, s.Max()) + 1), scored.GetColumn<uint>("PredictedLabel"));
        var block = new float[1500];
        loaded.Score(far.GetColumn<float[]>("Features").SelectMany(f => f).ToArray(), block);
        Assert.Equal(scores.SelectMany(s => s), block);
        Assert.True(ml.MulticlassClassification.Evaluate(loaded.Transform(near)).LogLoss < 0.7);
        Assert.Contains("PlugIn", Assert.Throws<NotSupportedException>(() => ml.SecondOrder().ConvertToOnnx(model, Stream.Null)).Message);
        Assert.Contains("PlugIn", Assert.Throws<NotSupportedException>(() => ml.SecondOrder().FeatureContributions(model)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Numbers_and_true_or_false_know_rows_unlike_those_of_the_training(bool isNumber)
    {
        var ml = new MLContext(1);
        var (train, near, far) = (Rows(ml, 200, 1, 0), Rows(ml, 500, 2, 0), Rows(ml, 500, 3, 8));
        ITransformer Fit<T>(IEstimator<T> trainer) where T : ITransformer => trainer.Fit(train);
        var model = isNumber
            ? Fit(ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
            {
                LabelColumnName = "Number", Network = Network.Mlp(12), MaximumNumberOfEpochs = 10, OutOfDistributionScore = true, Regularization = Regularization.WeightDecay(0.01),
            }))
            : Fit(ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
            {
                LabelColumnName = "Flag", Network = Network.Mlp(12), MaximumNumberOfEpochs = 10, OutOfDistributionScore = true,
            }));

        Assert.InRange(Unusual(model, train).Count(u => u > 1) / 200.0, 0.04, 0.06);
        Assert.InRange(AreaUnderCurve(Unusual(model, near), Unusual(model, far)), 0.95, 1);
    }

    [Fact]
    public void A_fit_with_all_of_it_leaves_no_tensor_behind() => Leak.None(() =>
    {
        var ml = new MLContext(1);
        ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
        {
            Network = Network.Mlp(4),
            MaximumNumberOfSteps = 5,
            Predictive = ClassPredictive.MonteCarlo,
            UncertainLayers = UncertainLayers.All,
            OutOfDistributionScore = true,
            Calibration = ProbabilityCalibration.Temperature,
        }).Fit(Rows(ml, 60, 1, 0));
    });

    [Fact]
    public void The_last_layer_is_as_uncertain_with_the_others_as_without()
    {
        using var scope = NewDisposeScope();
        var (whole, fitted, x) = Posterior(outputs: 3, lastLayerOnly: false, ClassPredictive.Probit);
        var (last, alone, _) = Posterior(outputs: 3, lastLayerOnly: true, ClassPredictive.Probit);
        using var one = whole;
        using var other = last;
        var row = x[0].data<float>().ToArray();

        Assert.Equal(new OutputVariance(alone).Of(row), new OutputVariance(fitted, UncertainLayers.Last).Of(row), 1e-6);
    }

    private static (LaplacePosterior Posterior, FittedNetwork Fitted, Tensor X) Posterior(int outputs, bool lastLayerOnly, ClassPredictive predictive)
    {
        var (kind, shape) = (Network.Mlp(7, 5) with { Activation = Activation.Tanh }, new NetworkShape(3, outputs));
        var network = kind.Create(shape, new Random(1));
        using var generator = new Generator(3, CPU);
        var x = randn([40, 3], generator: generator).mul(3);
        var y = outputs == 1 ? x.narrow(1, 0, 1).gt(0).to(float32) : x.argmax(1);
        foreach (var parameter in network.parameters())
        {
            using var gradMode = no_grad();
            parameter.mul_(3);
        }

        var posterior = LaplacePosterior.Fit(
            network, [(x, y)], outputs == 1 ? new BernoulliLikelihood() : new CategoricalLikelihood(), new LaplaceOptions { LastLayerOnly = lastLayerOnly });
        posterior.HyperParameters = new HyperParameters(PriorPrecision.Shared, [0.1]);
        return (posterior, Fitted.Of(
            outputs == 1 ? NetworkTask.BinaryClassification : NetworkTask.MulticlassClassification, kind, shape, network,
            new Uncertainty(PosteriorFit.Layers(posterior)) { Predictive = predictive, PredictiveLayers = UncertainLayers.All }), x);
    }

    private static List<float> Unusual(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float>("OutOfDistributionScore")];

    private static double AreaUnderCurve(List<float> near, List<float> far) => far.Average(f => near.Average(n => f > n ? 1 : f == n ? 0.5 : 0));

    private static IDataView Rows(MLContext ml, int count, int seed, float shift)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            float[] x = [2 * random.NextSingle() - 1 + shift, 2 * random.NextSingle() - 1 - shift];
            return new Row { Features = x, Number = x[0] + x[1] * x[1], Flag = x[0] > x[1], Label = (uint)(x[0] < -0.4 ? 0 : x[1] < 0.3 ? 1 : 2) };
        }).ToList());
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }

        public float Number { get; set; }

        public bool Flag { get; set; }
    }
}
