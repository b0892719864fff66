using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class RegressionTrainerTests : TrainerContract
{
    protected override string Label => "Number";

    protected override string LabelType => "Single or Vector<Single>";

    protected override ITrainerEstimator<NeuralNetworkPredictionTransformer, FittedNetwork> Trainer(
        MLContext ml, Action<NeuralNetworkTrainerOptions>? change = null)
    {
        var options = new NeuralNetworkRegressionTrainer.Options();
        change?.Invoke(options);
        return ml.Regression.Trainers.NeuralNetwork(options);
    }

    protected override IEstimator<ITransformer> BuiltIn(MLContext ml) => ml.Regression.Trainers.Sdca("Number", maximumNumberOfIterations: 2);

    protected override double Quality(MLContext ml, IDataView scored) => ml.Regression.Evaluate(scored, "Number").RSquared;

    protected override IEnumerable<double> CrossValidated(MLContext ml, IDataView data, IEstimator<ITransformer> estimator, int folds) =>
        ml.Regression.CrossValidate(data, estimator, folds, "Number").Select(f => f.Metrics.RSquared);

    protected override double[] Importance(MLContext ml, NeuralNetworkPredictionTransformer model, IDataView scored) =>
        [.. ml.Regression.PermutationFeatureImportance(model, scored, "Number").Select(m => -m.RSquared.Mean)];

    protected override bool RemoveLabel(Example row) => float.IsNaN(row.Number = float.NaN);

    [Fact]
    public void The_short_form_takes_names_network_and_epochs()
    {
        var ml = new MLContext(seed: 1);

        var model = ml.Regression.Trainers.NeuralNetwork("Number", "Features", "Weight", Network.Mlp(3), 2).Fit(Examples.View(ml)).Model;

        Assert.Equal(NetworkTask.Regression, model.Task);
        Assert.Equal(Network.Mlp(3), model.Network);
        Assert.Equal(2, model.Summary.Epochs);
    }

    [Fact]
    public void Scores_are_in_the_labels_unit()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List(300);
        rows.ForEach(r => r.Number = 1e6f + 1e3f * r.Number);
        var data = ml.Data.LoadFromEnumerable(rows);

        var scored = ml.Regression.Trainers.NeuralNetwork("Number").Fit(data).Transform(data);

        Assert.InRange(ml.Regression.Evaluate(scored, "Number").RSquared, 0.9, 1);
    }

    [Fact]
    public void A_constant_label_is_predicted_as_it_is()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List();
        rows.ForEach(r => r.Number = 42);
        var data = ml.Data.LoadFromEnumerable(rows);

        var scored = ml.Regression.Trainers.NeuralNetwork("Number").Fit(data).Transform(data);

        Assert.All(scored.GetColumn<float>("Score"), s => Assert.Equal(42, s, 0.5));
    }

    [Fact]
    public void The_callback_reports_the_error_in_the_labels_unit()
    {
        var ml = new MLContext(seed: 1);
        EpochMetrics? last = null;

        ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = "Number",
            MetricsCallback = m => last = m,
        }).Fit(Examples.View(ml, 300));

        Assert.InRange(last!.RootMeanSquaredError!.Value, 0.1, 5);
        Assert.Equal(0.5 * Math.Pow(last.RootMeanSquaredError.Value / Deviation(), 2), last.TrainingLoss, 0.001);

        static double Deviation()
        {
            var numbers = Examples.List(300).Select(e => (double)e.Number).ToList();
            var mean = numbers.Average();
            return Math.Sqrt(numbers.Average(n => Math.Pow(n - mean, 2)));
        }
    }
}
