using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Regression of several targets at once: the label is a vector.</summary>
public sealed class VectorRegressionTrainerTests : TrainerContract
{
    protected override string Label => "Pair";

    protected override string LabelType => "Single or Vector<Single>";

    protected override ITrainerEstimator<NeuralNetworkPredictionTransformer, FittedNetwork> Trainer(
        MLContext ml, Action<NeuralNetworkTrainerOptions>? change = null)
    {
        var options = new NeuralNetworkRegressionTrainer.Options();
        change?.Invoke(options);
        return ml.Regression.Trainers.NeuralNetwork(options);
    }

    protected override IEstimator<ITransformer>? BuiltIn(MLContext ml) => null;

    protected override double Quality(MLContext ml, IDataView scored) =>
        ml.SecondOrder().EvaluateMultiOutputRegression(scored, "Pair").Targets.Min(t => t.RSquared);

    protected override IEnumerable<double> CrossValidated(MLContext ml, IDataView data, IEstimator<ITransformer> estimator, int folds) =>
        ml.SecondOrder().CrossValidateMultiOutputRegression(data, estimator, folds, "Pair").Select(f => f.Metrics.RSquared);

    protected override double[]? Importance(MLContext ml, NeuralNetworkPredictionTransformer model, IDataView scored) => null;

    protected override bool RemoveLabel(Example row) => float.IsNaN(row.Pair[1] = float.NaN);

    [Fact]
    public void The_score_has_the_labels_size_and_slot_names_and_ML_NETs_kind()
    {
        var ml = new MLContext(seed: 1);
        var data = Targets(ml);

        var model = ml.Regression.Trainers.NeuralNetwork("Label", network: Network.Mlp(4), maximumNumberOfEpochs: 1);
        var score = model.Fit(data).GetOutputSchema(data.Schema)["Score"];

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), score.Type);
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        Assert.Equal(["Number", "Weight"], names.DenseValues().Select(n => n.ToString()));
        ReadOnlyMemory<char> kind = default;
        score.Annotations.GetValue("ScoreColumnKind", ref kind);
        Assert.Equal("MultiOutputRegression", kind.ToString());
        Assert.Equal(Shapes.Of(model.Fit(data).GetOutputSchema(data.Schema)), Shapes.Of(model.GetOutputSchema(SchemaShapes.Of(data.Schema))));
    }

    [Fact]
    public void Slot_names_survive_in_the_saved_model()
    {
        var ml = new MLContext(seed: 1);
        var data = Targets(ml);
        using var folder = new TemporaryFolder();
        ml.Model.Save(ml.Regression.Trainers.NeuralNetwork(network: Network.Mlp(4), maximumNumberOfEpochs: 1).Fit(data), data.Schema, folder.File("model.zip"));

        var metrics = new MLContext().SecondOrder().EvaluateMultiOutputRegression(new MLContext().Model.Load(folder.File("model.zip"), out _).Transform(data));

        Assert.Equal(["Number", "Weight"], metrics.Targets.Select(t => t.Name));
    }

    [Fact]
    public void A_vector_of_one_target_learns_as_a_number_does()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var one = ml.Transforms.Concatenate("One", "Number").Fit(data).Transform(data);

        var vector = Trainer(new MLContext(seed: 1), o => o.LabelColumnName = "One").Fit(one).Transform(one);
        var number = Trainer(new MLContext(seed: 1), o => o.LabelColumnName = "Number").Fit(one).Transform(one);

        Assert.Equal(number.GetColumn<float>("Score"), vector.GetColumn<float[]>("Score").Select(v => Assert.Single(v)));
    }

    [Theory]
    [InlineData(RegressionLoss.Huber)]
    [InlineData(RegressionLoss.Squared)]
    public void Targets_of_any_unit_are_learned_alike(RegressionLoss loss)
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List(400);
        rows.ForEach(r => r.Pair = [1e6f + 1e3f * r.Pair[0], r.Pair[0] * 1e-6f]);
        var data = ml.Data.LoadFromEnumerable(rows);

        var scored = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options { LabelColumnName = "Pair", Loss = loss }).Fit(data).Transform(data);

        Assert.All(ml.SecondOrder().EvaluateMultiOutputRegression(scored, "Pair").Targets, t => Assert.InRange(t.RSquared, 0.95, 1));
    }

    [Fact]
    public void Engines_predict_vectors()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = Trainer(ml, Quick).Fit(data);
        var expected = model.Transform(data).GetColumn<float[]>("Score").ToList();

        using var engine = ml.Model.CreatePredictionEngine<Example, Prediction>(model);

        Assert.Equal(expected, Examples.List().Select(r => engine.Predict(r).Score));
    }

    [Fact]
    public void Many_targets_are_learned()
    {
        var ml = new MLContext(seed: 1);
        var schema = SchemaDefinition.Create(typeof(Example));
        schema["Pair"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 20);
        var rows = Examples.List(400);
        rows.ForEach(r => r.Pair = [.. Enumerable.Range(1, 20).Select(t => r.Features[0] * t + r.Features[1])]);
        var data = ml.Data.LoadFromEnumerable(rows, schema);

        var scored = Trainer(ml, o => o.LabelColumnName = "Pair").Fit(data).Transform(data);

        Assert.InRange(ml.SecondOrder().EvaluateMultiOutputRegression(scored, "Pair").RSquared, 0.95, 1);
    }

    /// <summary>A label with the slots Number and Weight.</summary>
    private static IDataView Targets(MLContext ml)
    {
        var data = Examples.View(ml);
        return ml.Transforms.Concatenate("Label", "Number", "Weight").Fit(data).Transform(data);
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
