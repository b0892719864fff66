using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>Metrics of a few rows, computed by hand.</summary>
public sealed class MetricTests
{
    private readonly MLContext _ml = new(seed: 1);

    private sealed class RegressionRow
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }

    private sealed class BinaryRow
    {
        public bool Label { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }

    private sealed class MulticlassRow
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];

        [KeyType(3)]
        public uint PredictedLabel { get; set; }
    }

    [Fact]
    public void Regression()
    {
        var metrics = _ml.Regression.Evaluate(RegressionRows((1, 2), (2, 2), (4, 3)));

        Assert.Equal(2.0 / 3, metrics.MeanAbsoluteError, 6);
        Assert.Equal(2.0 / 3, metrics.MeanSquaredError, 6);
        Assert.Equal(Math.Sqrt(2.0 / 3), metrics.RootMeanSquaredError, 6);
        Assert.Equal(2.0 / 3, metrics.LossFunction, 6);
        Assert.Equal(1 - 2 / (14.0 / 3), metrics.RSquared, 6);
    }

    [Fact]
    public void A_row_without_a_label_is_left_out()
    {
        var metrics = _ml.Regression.Evaluate(RegressionRows((1, 2), (float.NaN, 9), (2, 2), (4, 3)));

        Assert.Equal(2.0 / 3, metrics.MeanAbsoluteError, 6);
    }

    [Fact]
    public void Columns_may_have_other_names()
    {
        var data = _ml.Transforms.CopyColumns("Fare", "Label").Append(_ml.Transforms.CopyColumns("Guess", "Score")).Append(_ml.Transforms.DropColumns("Label", "Score"))
            .Fit(RegressionRows((1, 2))).Transform(RegressionRows((1, 2), (2, 2), (4, 3)));

        Assert.Equal(2.0 / 3, _ml.Regression.Evaluate(data, "Fare", "Guess").MeanAbsoluteError, 6);
    }

    [Fact]
    public void Binary()
    {
        var metrics = _ml.BinaryClassification.Evaluate(BinaryRows());

        // Of 3 true and 2 false rows, one each is judged wrongly.
        Assert.Equal(0.6, metrics.Accuracy, 6);
        Assert.Equal(2.0 / 3, metrics.PositivePrecision, 6);
        Assert.Equal(2.0 / 3, metrics.PositiveRecall, 6);
        Assert.Equal(0.5, metrics.NegativePrecision, 6);
        Assert.Equal(0.5, metrics.NegativeRecall, 6);
        Assert.Equal(2.0 / 3, metrics.F1Score, 6);
        // Pairs in the right order: 0.9 and 0.8 are above both falses, 0.3 only above one.
        Assert.Equal(5.0 / 6, metrics.AreaUnderRocCurve, 6);
        Assert.Equal(2.0, metrics.ConfusionMatrix.Counts[0][0]);
        Assert.Equal([[2.0, 1.0], [1.0, 1.0]], metrics.ConfusionMatrix.Counts.Select(r => r.ToArray()));
    }

    [Fact]
    public void Binary_losses_are_in_bits()
    {
        var metrics = _ml.BinaryClassification.Evaluate(BinaryRows());

        var loss = -new[] { 0.9, 0.8, 0.3, 1 - 0.6, 1 - 0.1 }.Average(Math.Log2);
        var entropy = -(0.6 * Math.Log2(0.6) + 0.4 * Math.Log2(0.4));
        Assert.Equal(loss, metrics.LogLoss, 4);
        Assert.Equal(entropy, metrics.Entropy, 4);
        Assert.Equal(1 - loss / entropy, metrics.LogLossReduction, 4);
    }

    [Fact]
    public void Binary_without_probabilities()
    {
        var data = _ml.Transforms.DropColumns("Probability").Fit(BinaryRows()).Transform(BinaryRows());

        var metrics = _ml.BinaryClassification.EvaluateNonCalibrated(data);

        Assert.Equal(0.6, metrics.Accuracy, 6);
        Assert.Equal(5.0 / 6, metrics.AreaUnderRocCurve, 6);
        Assert.InRange(metrics.AreaUnderPrecisionRecallCurve, 0.7, 1);
    }

    [Fact]
    public void Multiclass()
    {
        var metrics = _ml.MulticlassClassification.Evaluate(MulticlassRows());

        Assert.Equal(3.0 / 5, metrics.MicroAccuracy, 6);
        Assert.Equal((1 + 0.5 + 0.5) / 3, metrics.MacroAccuracy, 6);
        Assert.Equal([[1.0, 0, 0], [1, 1, 0], [0, 1, 1]], metrics.ConfusionMatrix.Counts.Select(r => r.ToArray()));
        Assert.Equal(3, metrics.ConfusionMatrix.NumberOfClasses);
        Assert.Equal([1, 0.5, 0.5], metrics.ConfusionMatrix.PerClassRecall);
        Assert.Equal([0.5, 0.5, 1], metrics.ConfusionMatrix.PerClassPrecision);
    }

    [Fact]
    public void Multiclass_losses_are_in_nats()
    {
        var metrics = _ml.MulticlassClassification.Evaluate(MulticlassRows());

        double[][] ofTheTrueClass = [[0.8], [0.2, 0.7], [0.3, 0.6]];
        var loss = -ofTheTrueClass.SelectMany(p => p).Average(Math.Log);
        var prior = -new[] { 1, 2, 2 }.Sum(n => n / 5.0 * Math.Log(n / 5.0));
        Assert.Equal(loss, metrics.LogLoss, 4);
        Assert.Equal(1 - loss / prior, metrics.LogLossReduction, 4);
        Assert.Equal(ofTheTrueClass.Select(p => -p.Average(Math.Log)), metrics.PerClassLogLoss, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void The_true_class_among_the_best_few_counts()
    {
        var metrics = _ml.MulticlassClassification.Evaluate(MulticlassRows(), topKPredictionCount: 2);

        Assert.Equal(2, metrics.TopKPredictionCount);
        Assert.Equal(1, metrics.TopKAccuracy, 6);
        Assert.Equal([0.6, 1], metrics.TopKAccuracyForAllK, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Cross_validation_of_a_regression_scores_every_row_once()
    {
        var data = Clusters.View(_ml, 300);
        var pipeline = _ml.Transforms.CopyColumns("Features", "Size").Append(_ml.Regression.Trainers.Sdca("Target", l2Regularization: 0.01f, maximumNumberOfIterations: 20));

        var folds = _ml.Regression.CrossValidate(data, pipeline, numberOfFolds: 3, labelColumnName: "Target");

        Assert.Equal([0, 1, 2], folds.Select(f => f.Fold));
        Assert.Equal(300, folds.Sum(f => f.ScoredHoldOutSet.Count()));
        Assert.All(folds, f => Assert.True(f.Metrics.RSquared > 0.8, $"R² {f.Metrics.RSquared} in fold {f.Fold}."));
        Assert.All(folds, f => Assert.Equal(300, f.Model.Transform(data).Count()));
    }

    [Fact]
    public void Cross_validation_of_a_binary_task()
    {
        var data = Clusters.View(_ml);
        var pipeline = _ml.Transforms.CopyColumns("Features", "Size").Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose"));

        var folds = _ml.BinaryClassification.CrossValidate(data, pipeline, numberOfFolds: 3, labelColumnName: "IsRose");

        Assert.Equal(3, folds.Count);
        Assert.All(folds, f => Assert.True(f.Metrics.Accuracy > 0.9));
    }

    private IDataView RegressionRows(params (float Label, float Score)[] rows)
        => _ml.Data.LoadFromEnumerable(rows.Select(r => new RegressionRow { Label = r.Label, Score = r.Score }).ToList());

    private IDataView BinaryRows()
        => _ml.Data.LoadFromEnumerable(new (bool Label, float P)[] { (true, 0.9f), (true, 0.8f), (true, 0.3f), (false, 0.6f), (false, 0.1f) }
            .Select(r => new BinaryRow { Label = r.Label, Probability = r.P, Score = r.P - 0.5f, PredictedLabel = r.P > 0.5f }).ToList());

    private IDataView MulticlassRows()
    {
        (uint Label, float[] Score)[] rows =
        [
            (0, [0.8f, 0.1f, 0.1f]), (1, [0.7f, 0.2f, 0.1f]), (1, [0.1f, 0.7f, 0.2f]), (2, [0.1f, 0.6f, 0.3f]), (2, [0.1f, 0.3f, 0.6f]),
        ];
        return _ml.Data.LoadFromEnumerable(rows.Select(r => new MulticlassRow { Label = r.Label, Score = r.Score, PredictedLabel = (uint)Array.IndexOf(r.Score, r.Score.Max()) }).ToList());
    }
}
