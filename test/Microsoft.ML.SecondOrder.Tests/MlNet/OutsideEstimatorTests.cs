using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.MlNet.Outside;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>An estimator and a transformer written with public types only, in everything that ML.NET does with its own.</summary>
public sealed class OutsideEstimatorTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public OutsideEstimatorTests() => _data = Clusters.View(_ml);

    public sealed class Prediction
    {
        public string PredictedSpecies { get; set; } = "";

        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }

    [Fact]
    public void It_stands_between_built_in_estimators()
    {
        var scored = Pipeline().Fit(_data).Transform(_data);

        Assert.Equal(_data.Column<ReadOnlyMemory<char>>("Species").Select(s => s.ToString()), scored.Texts("PredictedSpecies"));
    }

    [Fact]
    public void Its_promised_schema_is_what_a_chain_sees()
    {
        var shape = Pipeline().GetOutputSchema(Shapes.Of(_data.Schema));

        var predicted = shape.Named("PredictedLabel");
        Assert.True(predicted.IsKey);
        Assert.Equal(NumberDataViewType.UInt32, predicted.ItemType);
        Assert.Contains(predicted.Annotations, a => a.Name == "KeyValues");
        Assert.Equal(SchemaShape.Column.VectorKind.Vector, shape.Named("Score").Kind);
        Assert.Equal(TextDataViewType.Instance, shape.Named("PredictedSpecies").ItemType);
    }

    [Fact]
    public void Evaluate_names_the_classes_by_its_slot_names()
    {
        var scored = Pipeline().Fit(_data).Transform(_data);

        var metrics = _ml.MulticlassClassification.Evaluate(scored);

        Assert.Equal(1, metrics.MacroAccuracy);
        Assert.Equal(1, metrics.MicroAccuracy);
        Assert.InRange(metrics.LogLoss, 0.01, Math.Log(3));
        var table = metrics.ConfusionMatrix.GetFormattedConfusionTable();
        Assert.All(Clusters.Species, name => Assert.Contains(name, table));
    }

    [Fact]
    public void Cross_validation_refits_it_for_every_fold()
    {
        var results = _ml.MulticlassClassification.CrossValidate(_data, Pipeline(), numberOfFolds: 4);

        Assert.Equal([0, 1, 2, 3], results.Select(r => r.Fold));
        Assert.All(results, r => Assert.Equal(1, r.Metrics.MacroAccuracy));
        Assert.Equal(90, results.Sum(r => r.ScoredHoldOutSet.Count()));
    }

    [Fact]
    public void Float_label_values_travel_as_key_values_but_not_as_slot_names()
    {
        var scored = KeyedBy("Number").Append(new CentroidTrainer(_ml)).Fit(_data).Transform(_data);

        Assert.Equal([10f, 20f, 30f], scored.Schema["PredictedLabel"].Annotations.Values<float>("KeyValues"));
        Assert.Equal([10f, 20f, 30f], scored.Schema["Score"].Annotations.Values<float>("TrainingLabelValues"));
        Assert.Null(scored.Schema["Score"].Annotations.Schema.GetColumnOrNull("SlotNames"));
        Assert.Equal(1, _ml.MulticlassClassification.Evaluate(scored).MacroAccuracy);
        var back = _ml.Transforms.Conversion.MapKeyToValue("Back", "PredictedLabel").Fit(scored).Transform(scored);
        Assert.Equal(_data.Column<float>("Number"), back.Column<float>("Back"));
    }

    [Fact]
    public void Keys_without_values_are_labels_too()
    {
        var keyed = _ml.Data.LoadFromEnumerable(Clusters.Flowers().Select((f, i) => new Keyed { Label = (uint)(i % 3), Features = f.Size }));

        var scored = new CentroidTrainer(_ml).Fit(keyed).Transform(keyed);

        Assert.Null(scored.Schema["PredictedLabel"].Annotations.Schema.GetColumnOrNull("KeyValues"));
        Assert.Equal(1, _ml.MulticlassClassification.Evaluate(scored).MacroAccuracy);
    }

    [Fact]
    public void A_prediction_engine_runs_it_row_by_row()
    {
        using var engine = _ml.Model.CreatePredictionEngine<Clusters.Flower, Prediction>(Pipeline().Fit(_data));

        var prediction = engine.Predict(new Clusters.Flower { Size = [1, 2] });

        Assert.Equal("rose", prediction.PredictedSpecies);
        Assert.Equal(2u, prediction.PredictedLabel);
        Assert.Equal(3, prediction.Score.Length);
    }

    [Fact]
    public void Its_output_can_be_enumerated_shuffled_and_cut()
    {
        var scored = Pipeline().Fit(_data).Transform(_data);

        var rows = _ml.Data.CreateEnumerable<Prediction>(_ml.Data.TakeRows(_ml.Data.ShuffleRows(scored, seed: 3), 20), reuseRowObject: false).ToList();

        Assert.Equal(20, rows.Count);
        Assert.All(rows, r => Assert.Equal(Clusters.Species[r.PredictedLabel - 1], r.PredictedSpecies));
        Assert.NotEqual(scored.Column<uint>("PredictedLabel").Take(20), rows.Select(r => r.PredictedLabel));
    }

    [Fact]
    public void Four_cursors_share_its_rows_in_parallel()
    {
        var scored = Pipeline().Fit(_data).Transform(_ml.Data.Cache(_data));
        var column = scored.Schema["PredictedLabel"];

        var cursors = scored.GetRowCursorSet([column], 4);
        var read = new System.Collections.Concurrent.ConcurrentBag<uint>();
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
            {
                var getter = cursor.GetGetter<uint>(column);
                var value = 0u;
                while (cursor.MoveNext())
                {
                    getter(ref value);
                    read.Add(value);
                }
            }
        });

        Assert.InRange(cursors.Length, 1, 4);
        Assert.Equal(scored.Column<uint>("PredictedLabel").Order(), read.Order());
    }

    [Fact]
    public void Preview_shows_its_columns()
    {
        var preview = Pipeline().Fit(_data).Transform(_data).Preview(maxRows: 5);

        Assert.Equal(5, preview.RowView.Length);
        Assert.Contains(preview.ColumnView, c => c.Column.Name == "Score");
        Assert.Equal(3u, preview.ColumnView.First(c => c.Column.Name == "PredictedLabel").Values[2]);
    }

    [Fact]
    public void Regression_metrics_are_computed_from_its_score()
    {
        var data = _ml.Data.LoadFromEnumerable([new Scored { Label = 1, Features = [2, 0] }, new Scored { Label = 3, Features = [3, 0] }, new Scored { Label = 5, Features = [3, 0] }]);

        var metrics = _ml.Regression.Evaluate(FirstFeature.AsRegression(2).Transform(data));

        Assert.Equal(1.0, metrics.MeanAbsoluteError, 6);
        Assert.Equal(5.0 / 3, metrics.MeanSquaredError, 6);
    }

    [Fact]
    public void Binary_metrics_are_computed_from_its_columns()
    {
        var data = _ml.Data.LoadFromEnumerable([new Judged { Label = true, Features = [2] }, new Judged { Label = false, Features = [-1] }, new Judged { Label = true, Features = [-2] }]);

        var calibrated = _ml.BinaryClassification.Evaluate(FirstFeature.AsBinary(1).Transform(data));
        var bare = _ml.BinaryClassification.EvaluateNonCalibrated(FirstFeature.AsBinary(1, withProbability: false).Transform(data));

        Assert.Equal(2.0 / 3, calibrated.Accuracy, 6);
        Assert.Equal(2.0 / 3, bare.Accuracy, 6);
        Assert.Equal(0.5, bare.AreaUnderRocCurve, 6);
        Assert.True(calibrated.LogLoss > 0);
    }

    [Fact]
    public void It_gives_the_features_getter_only_to_who_needs_it()
    {
        // MapValueToKey downstream reads another column: the features are inactive then, and asking for them would throw.
        var chain = Pipeline().Append(_ml.Transforms.Conversion.MapValueToKey("Again", "Species"));

        Assert.Equal(3u, chain.Fit(_data).Transform(_data).Column<uint>("Again").Max());
    }

    private sealed class Keyed
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public float Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Judged
    {
        public bool Label { get; set; }

        [VectorType(1)]
        public float[] Features { get; set; } = [];
    }

    private EstimatorChain<NormalizingTransformer> KeyedBy(string column)
        => _ml.Transforms.Conversion.MapValueToKey("Label", column)
            .Append(_ml.Transforms.Concatenate("Features", "Size"))
            .Append(_ml.Transforms.NormalizeMinMax("Features"));

    private IEstimator<ITransformer> Pipeline()
        => KeyedBy("Species")
            .AppendCacheCheckpoint(_ml)
            .Append(new CentroidTrainer(_ml))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedSpecies", "PredictedLabel"));
}
