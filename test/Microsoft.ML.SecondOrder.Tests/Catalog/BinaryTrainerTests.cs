using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class BinaryTrainerTests : TrainerContract
{
    protected override string Label => "Flag";

    protected override string LabelType => "Boolean";

    protected override ITrainerEstimator<NeuralNetworkPredictionTransformer, FittedNetwork> Trainer(
        MLContext ml, Action<NeuralNetworkTrainerOptions>? change = null)
    {
        var options = new NeuralNetworkBinaryTrainer.Options();
        change?.Invoke(options);
        return ml.BinaryClassification.Trainers.NeuralNetwork(options);
    }

    protected override IEstimator<ITransformer> BuiltIn(MLContext ml) => ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Flag");

    protected override double Quality(MLContext ml, IDataView scored) => 2 * ml.BinaryClassification.Evaluate(scored, "Flag").Accuracy - 1;

    protected override IEnumerable<double> CrossValidated(MLContext ml, IDataView data, IEstimator<ITransformer> estimator, int folds) =>
        ml.BinaryClassification.CrossValidate(data, estimator, folds, "Flag").Select(f => f.Metrics.Accuracy);

    protected override double[] Importance(MLContext ml, NeuralNetworkPredictionTransformer model, IDataView scored) =>
        [.. ml.BinaryClassification.PermutationFeatureImportance(model, scored, "Flag").Select(m => -m.Accuracy.Mean)];

    protected override bool RemoveLabel(Example row) => false;

    [Fact]
    public void The_short_form_takes_names_network_and_epochs()
    {
        var ml = new MLContext(seed: 1);

        var model = ml.BinaryClassification.Trainers.NeuralNetwork("Flag", "Features", "Weight", Network.Mlp(3), 2).Fit(Examples.View(ml)).Model;

        Assert.Equal(NetworkTask.BinaryClassification, model.Task);
        Assert.Equal(Network.Mlp(3), model.Network);
        Assert.Equal(2, model.Summary.Epochs);
    }

    [Fact]
    public void Probability_is_the_logistic_of_the_score_and_decides_the_label()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);

        var scored = ml.BinaryClassification.Trainers.NeuralNetwork("Flag").Fit(data).Transform(data);

        var rows = ml.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: false).ToList();
        Assert.All(rows, r => Assert.Equal(1 / (1 + Math.Exp(-r.Score)), r.Probability, 1e-6));
        Assert.All(rows, r => Assert.Equal(r.Probability > 0.5f, r.PredictedLabel));
        Assert.Contains(rows, r => r.PredictedLabel);
        Assert.Contains(rows, r => !r.PredictedLabel);
    }

    [Fact]
    public void ML_NETs_calibrators_take_its_scores()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var scored = ml.BinaryClassification.Trainers.NeuralNetwork("Flag").Fit(data).Transform(data);

        var calibrated = ml.BinaryClassification.Calibrators.Platt("Flag").Fit(scored).Transform(scored);

        Assert.InRange(ml.BinaryClassification.Evaluate(calibrated, "Flag").Accuracy, 0.9, 1);
    }

    [Fact]
    public void One_class_alone_is_learned()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List();
        rows.ForEach(r => r.Flag = true);
        var data = ml.Data.LoadFromEnumerable(rows);

        var scored = ml.BinaryClassification.Trainers.NeuralNetwork("Flag").Fit(data).Transform(data);

        Assert.All(scored.GetColumn<bool>("PredictedLabel"), Assert.True);
    }

    private sealed class Prediction
    {
        public bool PredictedLabel { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }
    }
}
