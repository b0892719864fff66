using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class MulticlassTrainerTests : TrainerContract
{
    protected override string Label => "Kind";

    protected override string LabelType => "Key<UInt32>";

    protected override ITrainerEstimator<NeuralNetworkPredictionTransformer, FittedNetwork> Trainer(
        MLContext ml, Action<NeuralNetworkTrainerOptions>? change = null)
    {
        var options = new NeuralNetworkMulticlassTrainer.Options();
        change?.Invoke(options);
        return ml.MulticlassClassification.Trainers.NeuralNetwork(options);
    }

    protected override IEstimator<ITransformer> BuiltIn(MLContext ml) => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Kind");

    protected override double Quality(MLContext ml, IDataView scored) =>
        1.5 * ml.MulticlassClassification.Evaluate(scored, "Kind").MicroAccuracy - 0.5;

    protected override IEnumerable<double> CrossValidated(MLContext ml, IDataView data, IEstimator<ITransformer> estimator, int folds) =>
        ml.MulticlassClassification.CrossValidate(data, estimator, folds, "Kind").Select(f => f.Metrics.MicroAccuracy);

    protected override double[] Importance(MLContext ml, NeuralNetworkPredictionTransformer model, IDataView scored) =>
        [.. ml.MulticlassClassification.PermutationFeatureImportance(model, scored, "Kind").Select(m => -m.MicroAccuracy.Mean)];

    protected override bool RemoveLabel(Example row) => (row.Kind = 3) == 3;

    [Fact]
    public void The_short_form_takes_names_network_and_epochs()
    {
        var ml = new MLContext(seed: 1);

        var model = ml.MulticlassClassification.Trainers.NeuralNetwork("Kind", "Features", "Weight", Network.Mlp(3), 2).Fit(Examples.View(ml)).Model;

        Assert.Equal(NetworkTask.MulticlassClassification, model.Task);
        Assert.Equal(Network.Mlp(3), model.Network);
        Assert.Equal(2, model.Summary.Epochs);
    }

    [Fact]
    public void Scores_are_probabilities_and_the_largest_decides()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);

        var scored = Trainer(ml, Quick).Fit(data).Transform(data);

        var rows = ml.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: false).ToList();
        Assert.All(rows, r => Assert.Equal(1, r.Score.Sum(), 1e-6));
        Assert.All(rows, r => Assert.All(r.Score, p => Assert.InRange(p, 0, 1)));
        Assert.All(rows, r => Assert.Equal(Array.IndexOf(r.Score, r.Score.Max()) + 1, (int)r.PredictedLabel));
    }

    [Theory]
    [InlineData(DataKind.Byte)]
    [InlineData(DataKind.UInt16)]
    [InlineData(DataKind.UInt32)]
    [InlineData(DataKind.UInt64)]
    public void Keys_of_every_width_train_alike(DataKind kind)
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var converted = kind == DataKind.UInt32 ? data : Keys(ml, data, kind);
        Assert.Equal(kind.ToString(), ((KeyDataViewType)converted.Schema["Kind"].Type).RawType.Name);

        var model = Trainer(new MLContext(seed: 1), Quick).Fit(converted);

        Assert.Equal(Scores.Of(Trainer(new MLContext(seed: 1), Quick).Fit(data).Transform(data)), Scores.Of(model.Transform(data)));
    }

    [Fact]
    public void Text_labels_come_back_through_MapKeyToValue()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, 400);
        using var folder = new TemporaryFolder();
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "KindName").Append(ml.MulticlassClassification.Trainers.NeuralNetwork())
            .Append(ml.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));
        ml.Model.Save(pipeline.Fit(data), data.Schema, folder.File("model.zip"));

        var scored = ml.Model.Load(folder.File("model.zip"), out _).Transform(data);

        var right = scored.GetColumn<string>("Predicted").Zip(Examples.List(400)).Count(p => p.First == p.Second.KindName);
        Assert.InRange(right, 360, 400);
    }

    [Fact]
    public void Number_labels_come_back_through_MapKeyToValue_and_name_no_slots()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List();
        rows.ForEach(r => r.Number = r.Flag ? 10 : 20.5f);
        var data = ml.Data.LoadFromEnumerable(rows);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Number").Append(Trainer(ml, o =>
        {
            Quick(o);
            o.LabelColumnName = "Label";
        })).Append(ml.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));

        var scored = pipeline.Fit(data).Transform(data);

        Assert.All(scored.GetColumn<float>("Predicted"), v => Assert.Contains(v, new[] { 10f, 20.5f }));
        Assert.Null(scored.Schema["Score"].Annotations.Schema.GetColumnOrNull("SlotNames"));
        Assert.NotNull(scored.Schema["Score"].Annotations.Schema.GetColumnOrNull("TrainingLabelValues"));
    }

    [Fact]
    public void A_key_with_absurdly_many_values_is_an_error_with_a_way_out()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(new[] { new Hashed { Features = [1], Kind = 5 } });

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Trainer(ml, Quick).Fit(data));

        Assert.Contains("Schema mismatch for label column 'Kind': expected a key with at most 1048576 values", error.Message);
        Assert.Contains("MapValueToKey", error.Message);
    }

    [Fact]
    public void A_label_value_that_training_never_saw_counts_as_missing()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List();
        var train = ml.Data.LoadFromEnumerable(rows.Where(r => r.Kind != 2));
        var keys = ml.Transforms.Conversion.MapValueToKey("Label", "KindName").Fit(train);

        var model = Trainer(ml, o =>
        {
            Quick(o);
            o.LabelColumnName = "Label";
        }).Fit(keys.Transform(ml.Data.LoadFromEnumerable(rows)));

        Assert.Equal(rows.Count(r => r.Kind == 2), model.Model.Summary.SkippedRows);
        Assert.Equal(2, model.Model.Shape.Outputs);
    }

    private static IDataView Keys(MLContext ml, IDataView data, DataKind kind) =>
        ml.Transforms.Conversion.ConvertType("Kind", "Kind", kind).Fit(data).Transform(data);

    private sealed class Hashed
    {
        [VectorType(1)]
        public float[] Features { get; set; } = [];

        [KeyType(int.MaxValue)]
        public uint Kind { get; set; }
    }

    private sealed class Prediction
    {
        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }
}
