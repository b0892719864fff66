using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>What the trained transformer adds to rows, and how.</summary>
public abstract partial class TrainerContract
{
    [Fact]
    public void The_schema_promised_is_the_schema_delivered()
    {
        var ml = new MLContext(seed: 1);
        foreach (var data in new[] { Examples.View(ml), Named(ml, Examples.View(ml)) })
        {
            var promised = Trainer(ml, Quick).GetOutputSchema(SchemaShapes.Of(data.Schema));

            var delivered = Fit(ml, data).GetOutputSchema(data.Schema);

            Assert.Equal(Shapes.Of(delivered), Shapes.Of(promised));
        }
    }

    [Fact]
    public void The_schema_promised_is_the_schema_delivered_where_columns_of_the_same_name_exist()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Transforms.CopyColumns("Score", "KindName").Fit(Examples.View(ml)).Transform(Examples.View(ml));

        var promised = Trainer(ml, Quick).GetOutputSchema(SchemaShapes.Of(data.Schema));

        Assert.Equal(Shapes.Of(Fit(ml, data).GetOutputSchema(data.Schema)), Shapes.Of(promised));
    }

    [Fact]
    public void Columns_and_annotations_are_those_of_ML_NETs_own_trainer()
    {
        var ml = new MLContext(seed: 1);
        Assert.SkipWhen(BuiltIn(ml) is null, "ML.NET has no trainer for this task.");
        foreach (var data in new[] { Examples.View(ml), Named(ml, Examples.View(ml)) })
        {
            var before = BuiltIn(ml)!.Fit(data).Transform(data);
            var own = BuiltIn(ml)!.Fit(before).Transform(before).Schema;

            var ours = Fit(ml, before).Transform(before).Schema;

            // ML.NET puts a column that hides another beside it, we put ours at the end: compare what can be seen.
            Assert.Equal(Visible(own), Visible(ours));
        }

        static IEnumerable<string> Visible(DataViewSchema schema) =>
            schema.Where(c => !c.IsHidden).OrderBy(c => c.Name).SelectMany(c => Shapes.Annotations(c).Prepend(c.Name));
    }

    [Fact]
    public void A_saved_and_loaded_model_scores_bit_for_bit_alike()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        using var folder = new TemporaryFolder();
        var model = Named(ml).Append(ml.Transforms.NormalizeMinMax("Features")).Append(Trainer(ml, Quick)).Fit(data);

        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = new MLContext().Model.Load(folder.File("model.zip"), out var schema);
        ml.Model.Save(loaded, schema, folder.File("again.zip"));
        var again = new MLContext().Model.Load(folder.File("again.zip"), out _);

        var expected = Scores.Of(model.Transform(data));
        Assert.Equal(expected, Scores.Of(loaded.Transform(data)));
        Assert.Equal(expected, Scores.Of(again.Transform(data)));
        Assert.Equal(data.Schema.Select(c => c.Name), schema.Select(c => c.Name));
        Assert.Equal(
            model.Transform(data).Schema.SelectMany(Shapes.Annotations), loaded.Transform(data).Schema.SelectMany(Shapes.Annotations));
    }

    [Fact]
    public void A_loaded_model_knows_how_it_was_trained()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        using var folder = new TemporaryFolder();
        var model = Fit(ml, data);

        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        var loaded = Assert.IsType<NeuralNetworkPredictionTransformer>(ml.Model.Load(folder.File("model.zip"), out _));

        Assert.Equal(model.Model.Summary, loaded.Model.Summary);
        Assert.Equal(model.Model.Network, loaded.Model.Network);
        Assert.Equal(model.FeatureColumnType, loaded.FeatureColumnType);
        Assert.Equal((Label, "Features"), (loaded.Model.LabelColumnName, loaded.FeatureColumnName));
    }

    [Fact]
    public void A_prediction_engine_gives_what_the_view_gives()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List();
        var data = ml.Data.LoadFromEnumerable(rows);
        var model = Fit(ml, data);
        var expected = ml.Data.CreateEnumerable<AnyScore>(
            Widened(ml, model.Transform(data)), reuseRowObject: false).ToList();
        var engine = ml.Model.CreatePredictionEngine<Example, AnyScore>(new TransformerChain<ITransformer>(model, Widener(ml, model.Transform(data))));

        var actual = rows.Select(r => engine.Predict(r)).ToList();

        Assert.Equal(expected.Select(e => e.Scores), actual.Select(a => a.Scores));
    }

    [Fact]
    public void Four_cursors_together_give_every_row_once()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.Cache(Examples.View(ml, 5000));
        var scored = Fit(ml, data).Transform(data);
        var columns = Scores.Columns(scored.Schema);

        var cursors = scored.GetRowCursorSet(columns, 4);
        var parts = new string[cursors.Length][];
        Parallel.For(0, cursors.Length, i =>
        {
            using (cursors[i])
            {
                parts[i] = Scores.Read(cursors[i]);
            }
        });

        Assert.Equal(Scores.Of(scored).Order(), parts.SelectMany(p => p).Order());
    }

    [Fact]
    public void Many_threads_on_one_model_score_alike()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, 300);
        var model = Fit(ml, data);
        var expected = Scores.Of(model.Transform(data));

        var all = new string[16][];
        Parallel.For(0, all.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => all[i] = Scores.Of(model.Transform(data)));

        Assert.All(all, a => Assert.Equal(expected, a));
    }

    [Fact]
    public void Other_columns_pass_through_hidden_ones_too()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var normalised = ml.Transforms.NormalizeMinMax("Features").Fit(data).Transform(data);
        var scored = Fit(ml, normalised).Transform(normalised);
        var hidden = scored.Schema.Single(c => c.Name == "Features" && c.IsHidden);

        using var cursor = scored.GetRowCursor([hidden, scored.Schema["KindName"], scored.Schema["Id"]]);
        var features = cursor.GetGetter<VBuffer<float>>(hidden);
        var name = cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["KindName"]);

        foreach (var row in Examples.List())
        {
            Assert.True(cursor.MoveNext());
            VBuffer<float> x = default;
            features(ref x);
            ReadOnlyMemory<char> kind = default;
            name(ref kind);
            Assert.Equal(row.Features, x.DenseValues());
            Assert.Equal(row.KindName, kind.ToString());
        }

        Assert.False(cursor.IsColumnActive(scored.Schema["Score"]));
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void Reading_other_columns_does_not_need_the_features()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var mapper = ((ITransformer)Fit(ml, data)).GetRowToRowMapper(data.Schema);

        Assert.Empty(mapper.GetDependencies([]));
        Assert.Equal(["Id"], mapper.GetDependencies([mapper.OutputSchema["Id"]]).Select(c => c.Name));
        Assert.Equal(["Features"], mapper.GetDependencies([mapper.OutputSchema["Score"]]).Select(c => c.Name));
    }

    [Fact]
    public void Columns_are_checked_when_read()
    {
        var ml = new MLContext(seed: 1);
        var scored = Fit(ml, Examples.View(ml)).Transform(Examples.View(ml));
        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);

        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<double>(scored.Schema["Score"]));
        Assert.ThrowsAny<ArgumentException>(() => cursor.GetGetter<int>(scored.Schema["Id"]));
    }

    [Fact]
    public void Downstream_views_shuffle_take_and_preview()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var scored = Fit(ml, data).Transform(data);

        Assert.Equal(Scores.Of(scored).Order(), Scores.Of(ml.Data.ShuffleRows(scored, seed: 3)).Order());
        Assert.Equal(Scores.Of(scored).Take(7), Scores.Of(ml.Data.TakeRows(scored, 7)));
        Assert.Equal(10, scored.Preview(maxRows: 10).RowView.Length);
        Assert.Equal(200, scored.GetRowCount());
    }

    [Fact]
    public void It_stands_in_a_chain_with_a_cache_before_and_transforms_after()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);

        var chain = ml.Transforms.NormalizeMinMax("Features").AppendCacheCheckpoint(ml).Append(Trainer(ml, Quick))
            .Append(ml.Transforms.CopyColumns("Copied", "Score")).Fit(data);

        Assert.NotNull(chain.Transform(data).Schema.GetColumnOrNull("Copied"));
    }

    [Fact]
    public void Scoring_checks_the_feature_column()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = Fit(ml, data);
        var without = ml.Transforms.DropColumns("Features").Fit(data).Transform(data);
        var longer = ml.Transforms.Concatenate("Features", "Features", "Number").Fit(data).Transform(data);

        Assert.Contains("Could not find feature column 'Features'", Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(without)).Message);
        Assert.Contains(
            "Schema mismatch for feature column 'Features': expected Vector<Single, 5>, got Vector<Single, 6>",
            Assert.Throws<ArgumentOutOfRangeException>(() => model.GetOutputSchema(longer.Schema)).Message);
        Assert.Throws<ArgumentNullException>(() => model.Transform(null!));
        Assert.Throws<ArgumentNullException>(() => model.GetOutputSchema(null!));
    }

    [Fact]
    public void A_disposed_model_goes_on_working()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = Fit(ml, data);
        var scored = model.Transform(data);
        var expected = Scores.Of(scored);

        ml.Model.CreatePredictionEngine<Example, Nothing>(model).Dispose();
        model.Dispose();
        model.Dispose();

        Assert.Equal(expected, Scores.Of(scored));
        Assert.Equal(expected, Scores.Of(model.Transform(data)));
        using var stream = new MemoryStream();
        ml.Model.Save(model, data.Schema, stream);
    }

    [Fact]
    public void Thirty_two_threads_share_a_model_each_with_an_engine_of_its_own()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = Fit(ml, data);
        var chain = model.Append(Widener(ml, model.Transform(data)));
        var rows = Examples.List();
        var expected = ml.Data.CreateEnumerable<AnyScore>(chain.Transform(data), reuseRowObject: false).Select(r => r.Scores).ToList();
        var wrong = 0;

        var threads = Enumerable.Range(0, 32).Select(t => new Thread(() =>
        {
            using var engine = ml.Model.CreatePredictionEngine<Example, AnyScore>(chain);
            for (var i = 0; i < rows.Count; i++)
            {
                var at = (i + 7 * t) % rows.Count;
                if (!engine.Predict(rows[at]).Scores.SequenceEqual(expected[at]))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Many_rows_at_once_give_the_bits_of_the_view()
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List(77);
        rows[5].Features[0] = float.NaN;
        rows[6].Features[1] = 1e30f;
        var model = Fit(ml, Examples.View(ml));
        var scored = model.Transform(ml.Data.LoadFromEnumerable(rows));
        float[] expected = scored.Schema["Score"].Type is VectorDataViewType
            ? [.. scored.GetColumn<float[]>("Score").SelectMany(v => v)]
            : [.. scored.GetColumn<float>("Score")];

        var scores = new float[expected.Length];
        model.Score(rows.SelectMany(r => r.Features).ToArray(), scores);

        Assert.Equal(Bits(expected), Bits(scores));
        Assert.Throws<ArgumentException>(() => model.Score(new float[9], new float[2]));
        Assert.Throws<ArgumentException>(() => model.Score(new float[10], new float[5]));

        static IEnumerable<uint> Bits(float[] values) => values.Select(BitConverter.SingleToUInt32Bits);
    }

    [Fact]
    public void A_missing_feature_gives_missing_scores_and_no_error()
    {
        var ml = new MLContext(seed: 1);
        var model = Fit(ml, Examples.View(ml));
        var rows = Examples.List(2);
        rows[1].Features[1] = float.NaN;

        var scores = Scores.Of(model.Transform(ml.Data.LoadFromEnumerable(rows)));

        Assert.True(Scores.AreFinite(scores[0]));
        Assert.False(Scores.AreFinite(scores[1]));
    }

    [Fact]
    public void Scoring_creates_no_tensor() => Leak.None(() =>
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, 50);
        var before = Leak.Live;
        var model = Fit(ml, data);
        Scores.Of(model.Transform(data));
        Assert.Equal(before, Leak.Live);
    });

    private static IEstimator<ITransformer> Named(MLContext ml) => ml.Transforms.Conversion.MapValueToKey("Kind", "KindName");

    /// <summary>With text for the values of the key, hence names for the classes.</summary>
    private static IDataView Named(MLContext ml, IDataView data) => Named(ml).Fit(data).Transform(data);

    // Engines and enumerables need one type for all tasks: the scores as a vector.
    private static ITransformer Widener(MLContext ml, IDataView scored)
    {
        var concatenate = ml.Transforms.Concatenate("Scores", [.. Scores.Columns(scored.Schema).Where(c => c.Name != "PredictedLabel").Select(c => c.Name)]);
        return concatenate.Fit(scored);
    }

    private static IDataView Widened(MLContext ml, IDataView scored) => Widener(ml, scored).Transform(scored);

    private sealed class AnyScore
    {
        public float[] Scores { get; set; } = [];
    }

    private sealed class Nothing;
}
