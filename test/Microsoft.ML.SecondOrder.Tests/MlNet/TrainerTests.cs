using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>The linear trainers that serve as yardsticks: as good as a linear model can be, and with its parameters to be read.</summary>
public sealed class TrainerTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Maximum_entropy_tells_separated_classes_apart()
    {
        var data = Keyed(Clusters.View(_ml));

        var scored = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label", "Size").Fit(data).Transform(data);

        Assert.Equal(1, _ml.MulticlassClassification.Evaluate(scored).MicroAccuracy);
    }

    [Fact]
    public void Maximum_entropy_reads_digits_as_a_linear_model_can()
    {
        var options = new TextLoader.Options { Separators = [','], Columns = [new("Pixels", DataKind.Single, 0, 63), new("Digit", DataKind.Single, 64)] };
        var train = _ml.Data.LoadFromTextFile(Requires.Data("optdigits-train.csv"), options);
        var test = _ml.Data.LoadFromTextFile(Requires.Data("optdigits-test.csv"), options);

        var model = _ml.Transforms.Conversion.MapValueToKey("Label", "Digit")
            .Append(_ml.Transforms.NormalizeMinMax("Features", "Pixels"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Fit(train);

        Assert.InRange(_ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy, 0.92, 0.97);
    }

    [Fact]
    public void Maximum_entropy_shows_a_weight_vector_for_each_class()
    {
        var data = Keyed(Clusters.View(_ml));
        var model = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label", "Size").Fit(data).Model;
        VBuffer<float>[]? weights = null;

        model.GetWeights(ref weights, out var classes);

        Assert.Equal(3, classes);
        Assert.All(weights!, w => Assert.Equal(2, w.Length));
        Assert.Equal(3, model.GetBiases().Count());
    }

    [Fact]
    public void Logistic_regression_is_calibrated_on_noisy_labels()
    {
        var random = new Random(1);
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 2000).Select(_ =>
        {
            var x = (float)(random.NextDouble() * 4 - 2);
            return new Judged { Features = [x], Label = random.NextDouble() < 1 / (1 + Math.Exp(-2 * x)) };
        }).ToList());

        var model = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l1Regularization: 0, l2Regularization: 0.1f).Fit(data);

        Assert.InRange(model.Model.SubModel.Weights[0], 1.6f, 2.4f);
        Assert.InRange(model.Model.SubModel.Bias, -0.3f, 0.3f);
        Assert.InRange(_ml.BinaryClassification.Evaluate(model.Transform(data)).Accuracy, 0.7, 0.9);
    }

    [Fact]
    public void Regression_finds_the_line()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 500).Select(i =>
        {
            var (a, b) = (MathF.Sin(i), MathF.Cos(3 * i));
            return new Measured { Features = [a, b], Label = 3 * a - 2 * b + 1 };
        }).ToList());

        var model = _ml.Regression.Trainers.Sdca(l2Regularization: 0.01f, l1Regularization: 0, maximumNumberOfIterations: 20).Fit(data);

        Assert.InRange(model.Model.Weights[0], 2.9f, 3.05f);
        Assert.InRange(model.Model.Weights[1], -2.05f, -1.9f);
        Assert.InRange(model.Model.Bias, 0.9f, 1.1f);
        Assert.True(_ml.Regression.Evaluate(model.Transform(data)).RSquared > 0.99);
    }

    [Fact]
    public void Weights_of_examples_count()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 400).Select(i => new Measured { Features = [MathF.Sin(i), MathF.Cos(3 * i)], Label = i % 2, Weight = i % 2 == 0 ? 1 : 9 }).ToList());

        var model = _ml.Regression.Trainers.Sdca(exampleWeightColumnName: "Weight", l2Regularization: 0.01f, maximumNumberOfIterations: 20).Fit(data);

        Assert.InRange(model.Transform(data).Column<float>("Score").Average(), 0.85f, 0.95f);
    }

    [Fact]
    public void The_same_seed_gives_the_same_model()
    {
        float[] Scores()
        {
            var ml = new MLContext(seed: 5);
            var data = Clusters.View(ml);
            return ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose", "Size").Fit(data).Transform(data).Column<float>("Score");
        }

        Assert.Equal(Scores(), Scores());
    }

    [Fact]
    public void A_platt_calibrator_turns_any_score_into_a_probability()
    {
        var random = new Random(2);
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 1000).Select(_ =>
        {
            var x = (float)(random.NextDouble() * 8 - 4);
            return new Judged { Features = [x], Label = random.NextDouble() < 1 / (1 + Math.Exp(-x)) };
        }).ToList());
        var scored = Outside.FirstFeature.AsBinary(1, withProbability: false).Transform(data);

        var calibrated = _ml.BinaryClassification.Calibrators.Platt().Fit(scored).Transform(scored);

        var wrong = calibrated.Column<float>("Score").Zip(calibrated.Column<float>("Probability"), (s, p) => Math.Abs(1 / (1 + Math.Exp(-s)) - p)).Max();
        Assert.True(wrong < 0.1, $"A probability is wrong by {wrong}.");
    }

    private sealed class Judged
    {
        public bool Label { get; set; }

        [VectorType(1)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Measured
    {
        public float Label { get; set; }

        public float Weight { get; set; } = 1;

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private IDataView Keyed(IDataView data) => _ml.Transforms.Conversion.MapValueToKey("Label", "Species").Fit(data).Transform(data);
}
