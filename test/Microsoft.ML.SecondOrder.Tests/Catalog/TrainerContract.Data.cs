using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>What it accepts for data, and what it says of the rest.</summary>
public abstract partial class TrainerContract
{
    [Fact]
    public void A_missing_feature_column_is_named() => Rejects(
        o => o.FeatureColumnName = "Nothing", v => v, "Could not find feature column 'Nothing'");

    [Fact]
    public void A_missing_label_column_is_named() => Rejects(
        o => o.LabelColumnName = "Nothing", v => v, "Could not find label column 'Nothing'");

    [Fact]
    public void A_missing_weight_column_is_named() => Rejects(
        o => o.ExampleWeightColumnName = "Nothing", v => v, "Could not find weight column 'Nothing'");

    [Fact]
    public void A_label_of_the_wrong_type_is_named_with_both_types() => Rejects(
        o => o.LabelColumnName = "KindName", v => v, $"Schema mismatch for label column 'KindName': expected {LabelType}, got String");

    [Fact]
    public void A_weight_of_the_wrong_type_is_named_with_both_types() => Rejects(
        o => o.ExampleWeightColumnName = "Id", v => v, "Schema mismatch for weight column 'Id': expected Single, got Int32");

    [Fact]
    public void A_single_number_is_no_feature_vector() => Rejects(
        o => o.FeatureColumnName = "Number", v => v, "Schema mismatch for feature column 'Number': expected Vector<Single>, got Single");

    [Fact]
    public void Features_of_another_number_type_are_named_with_both_types() => Rejects(
        o => o.FeatureColumnName = "Features",
        v => new MLContext().Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Double).Fit(v).Transform(v),
        "Schema mismatch for feature column 'Features': expected Vector<Single>, got Vector<Double>");

    [Fact]
    public void A_vector_of_variable_size_is_named_with_a_way_out()
    {
        var ml = new MLContext();
        var view = ml.Data.LoadFromEnumerable(new[] { new Variable { Features = [1, 2], Number = 1, Pair = [1, 1], Kind = 1 } });

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Fit(ml, view));

        Assert.Contains("Schema mismatch for feature column 'Features': expected Vector<Single>, got VarVector<Single>", error.Message);
        Assert.Contains("[VectorType(size)]", error.Message);
        Assert.Equal("inputSchema", error.ParamName);
    }

    [Fact]
    public void Data_without_rows_is_an_error_that_says_so()
    {
        var ml = new MLContext();

        var error = Assert.Throws<InvalidOperationException>(() => Fit(ml, ml.Data.LoadFromEnumerable(new List<Example>())));

        Assert.Equal("No valid training instances found: the data has no rows.", error.Message);
    }

    [Fact]
    public void Data_without_a_whole_row_is_an_error_that_says_so()
    {
        var ml = new MLContext();
        var rows = Examples.List(20);
        rows.ForEach(r => r.Features[2] = float.NaN);

        var error = Assert.Throws<InvalidOperationException>(() => Fit(ml, ml.Data.LoadFromEnumerable(rows)));

        Assert.Contains("each of the 20 rows has a missing value in features 'Features'", error.Message);
    }

    [Fact]
    public void Data_without_a_label_in_any_row_is_an_error_that_says_so()
    {
        var ml = new MLContext();
        var rows = Examples.List(20);
        if (!rows.All(RemoveLabel))
        {
            Assert.Skip("The label of this task cannot be missing.");
        }

        var error = Assert.Throws<InvalidOperationException>(() => Fit(ml, ml.Data.LoadFromEnumerable(rows)));

        Assert.Contains($"label '{Label}'", error.Message);
    }

    [Fact]
    public void Null_for_data_is_an_argument_error()
    {
        Assert.Throws<ArgumentNullException>(() => Fit(new MLContext(), null!));
        Assert.Throws<ArgumentNullException>(() => Trainer(new MLContext(), Quick).GetOutputSchema(null!));
    }

    [Fact]
    public void Rows_with_something_missing_are_left_out_with_one_warning()
    {
        var good = Examples.List(120);
        var all = new List<Example>(good);
        void Spoil(int at, Func<Example, bool> spoil)
        {
            var row = Examples.List(at + 1, seed: 9)[at];
            if (spoil(row))
            {
                all.Insert(at, row);
            }
        }

        Spoil(3, r => float.IsNaN(r.Features[0] = float.NaN));
        Spoil(10, r => float.IsInfinity(r.Features[1] = float.PositiveInfinity));
        Spoil(20, r => float.IsNaN(r.Weight = float.NaN));
        Spoil(21, r => (r.Weight = 0) == 0);
        Spoil(40, r => (r.Weight = -1) < 0);
        Spoil(60, RemoveLabel);
        var skipped = all.Count - good.Count;

        var (model, warnings) = FitWithWarnings(all);
        var (expected, none) = FitWithWarnings(good);

        Assert.Equal([$"Skipped {skipped} instances with missing features/label/weight during training"], warnings);
        Assert.Empty(none);
        Assert.Equal(skipped, model.Summary.SkippedRows);
        Assert.Equal(120, model.Summary.Rows);
        Assert.Equal(expected.Weights.Select(w => w.Values), model.Weights.Select(w => w.Values));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Very_few_rows_give_finite_scores(int count)
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, count);

        var model = Trainer(ml, o => o.LabelColumnName = Label).Fit(data);

        Assert.All(model.Model.Weights, w => Assert.All(w.Values, v => Assert.True(float.IsFinite(v))));
        Assert.All(Scores.Of(model.Transform(data)), s => Assert.True(Scores.AreFinite(s)));
    }

    [Fact]
    public void Extreme_but_finite_features_give_finite_weights()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List(60);
        rows[0].Features[0] = 1e38f;
        rows[1].Features[1] = -3e38f;
        rows[2].Features[2] = 1e-42f;

        var model = Fit(ml, ml.Data.LoadFromEnumerable(rows));

        Assert.All(model.Model.Weights, w => Assert.All(w.Values, v => Assert.True(float.IsFinite(v))));
    }

    [Fact]
    public void Only_constant_features_still_give_a_model()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List(60);
        rows.ForEach(r => r.Features = [1, 1, 0, 0, 7]);

        var scores = Scores.Of(Fit(ml, ml.Data.LoadFromEnumerable(rows)).Transform(ml.Data.LoadFromEnumerable(rows)));

        Assert.Single(scores.Distinct());
    }

    [Fact]
    public void Weights_steer_the_fit()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);

        var weighted = Fit(ml, data, o => o.ExampleWeightColumnName = "Weight");
        var plain = Fit(new MLContext(seed: 1), data);

        Assert.NotEqual(Scores.Of(weighted.Transform(data)), Scores.Of(plain.Transform(data)));
    }

    [Fact]
    public void Sparse_features_train_like_dense_ones()
    {
        var rows = Examples.List();
        var dense = new MLContext(seed: 1);
        var sparse = new MLContext(seed: 1);

        var expected = Fit(dense, dense.Data.LoadFromEnumerable(rows));
        var actual = Fit(sparse, SparseView.Of(sparse, rows));

        Assert.Equal(expected.Model.Weights.Select(w => w.Values), actual.Model.Weights.Select(w => w.Values));
        Assert.Equal(
            Scores.Of(expected.Transform(dense.Data.LoadFromEnumerable(rows))),
            Scores.Of(actual.Transform(SparseView.Of(sparse, rows))));
    }

    [Fact]
    public void A_cached_view_trains_like_the_list()
    {
        var rows = Examples.List();
        var expected = Fit(new MLContext(seed: 1), new MLContext().Data.LoadFromEnumerable(rows));
        var ml = new MLContext(seed: 1);

        var actual = Fit(ml, new MLContext().Data.Cache(new MLContext().Data.LoadFromEnumerable(rows)));

        Assert.Equal(expected.Model.Weights.Select(w => w.Values), actual.Model.Weights.Select(w => w.Values));
    }

    [Fact]
    public void All_options_that_make_no_sense_are_named_at_once()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Trainer(new MLContext(), o =>
        {
            o.MaximumNumberOfEpochs = 0;
            o.BatchSize = -4;
            o.NumberOfThreads = 0;
            o.LearningRate = double.NaN;
            o.WeightDecay = -1;
            o.LabelColumnName = "";
            o.Optimizer = new SingdOptions { Damping = -1 };
        }));

        Assert.Contains("MaximumNumberOfEpochs must be at least 1, but is 0.", error.Message);
        Assert.Contains("NumberOfThreads must be at least 1, but is 0.", error.Message);
        Assert.Contains("BatchSize must be at least 1, but is -4.", error.Message);
        Assert.Contains("LearningRate must be a number > 0, but is NaN.", error.Message);
        Assert.Contains("WeightDecay must be a number of at least 0, but is -1.", error.Message);
        Assert.Contains("Optimizer: Damping must be at least 0 and finite, but is -1.", error.Message);
        Assert.Contains("LabelColumnName must name a column, but is empty.", error.Message);
    }

    [Fact]
    public void Options_count_as_they_were_when_the_trainer_was_made()
    {
        var ml = new MLContext(seed: 1);
        NeuralNetworkTrainerOptions? kept = null;
        var trainer = Trainer(ml, o =>
        {
            Quick(o);
            kept = o;
        });

        kept!.LabelColumnName = "Nothing";
        kept.MaximumNumberOfEpochs = 7;

        Assert.Equal(2, trainer.Fit(Examples.View(ml)).Model.Summary.Epochs);
    }

    [Fact]
    public void Options_reach_the_training()
    {
        var ml = new MLContext(seed: 1);

        var model = Fit(ml, Examples.View(ml, 100), o =>
        {
            o.Network = Network.Mlp(5, 4) with { Activation = Activation.Tanh };
            o.MaximumNumberOfEpochs = 3;
            o.BatchSize = 30;
            o.LearningRate = 0.5;
            o.WeightDecay = 0.25;
        }).Model;

        Assert.Equal(Network.Mlp(5, 4) with { Activation = Activation.Tanh }, model.Network);
        Assert.Equal((3, 25, 12L), (model.Summary.Epochs, model.Summary.BatchSize, model.Summary.Steps));
        Assert.Equal((0.5, 0.25), (model.Summary.LearningRate, model.Summary.WeightDecay));
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_an_error_unless_the_cpu_may_stand_in()
    {
        var ml = new MLContext(seed: 1) { GpuDeviceId = 4711 };
        var warnings = Warnings(ml);

        var error = Assert.Throws<InvalidOperationException>(() => Fit(ml, Examples.View(ml)));
        ml.FallbackToCpu = true;
        Fit(ml, Examples.View(ml));

        Assert.Contains("MLContext.GpuDeviceId is 4711, but libtorch finds", error.Message);
        Assert.Contains("FallbackToCpu", error.Message);
        Assert.Contains("training on the CPU", Assert.Single(warnings));
    }

    private void Rejects(Action<NeuralNetworkTrainerOptions> change, Func<IDataView, IDataView> spoil, string message)
    {
        var ml = new MLContext();
        var data = spoil(Examples.View(ml));
        var trainer = Trainer(ml, o =>
        {
            Quick(o);
            change(o);
        });

        var fromFit = Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Fit(data));
        var fromShape = Assert.Throws<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(SchemaShapes.Of(data.Schema)));

        Assert.StartsWith(message, fromFit.Message);
        Assert.Equal("inputSchema", fromFit.ParamName);
        Assert.Equal(fromFit.Message, fromShape.Message);
    }

    private (FittedNetwork Model, List<string> Warnings) FitWithWarnings(List<Example> rows)
    {
        var ml = new MLContext(seed: 1);
        var warnings = Warnings(ml);
        return (Fit(ml, ml.Data.LoadFromEnumerable(rows), o => o.ExampleWeightColumnName = "Weight").Model, warnings);
    }

    private static List<string> Warnings(MLContext ml)
    {
        var warnings = new List<string>();
        ml.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(e.RawMessage);
            }
        };
        return warnings;
    }

    private sealed class Variable
    {
        public float[] Features { get; set; } = [];

        public float Number { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];

        public bool Flag { get; set; }

        [KeyType(3)]
        public uint Kind { get; set; }
    }
}
