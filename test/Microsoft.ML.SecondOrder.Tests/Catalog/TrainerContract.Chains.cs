using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Support;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Where rows come from and go to in ML.NET's pipelines.</summary>
public abstract partial class TrainerContract
{
    [Fact]
    public void A_text_file_trains_and_a_model_saved_with_its_loader_scores_the_file()
    {
        var ml = new MLContext(seed: 1);
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("rows.tsv"), Examples.List().Select(Line));
        var loader = ml.Data.CreateTextLoader([.. Columns()]);
        var data = loader.Load(folder.File("rows.tsv"));
        Assert.Null(data.GetRowCount());

        var model = Fit(ml, data);
        ml.Model.Save(model, loader, folder.File("model.zip"));
        var loaded = new MLContext().Model.LoadWithDataLoader(folder.File("model.zip"), out var again);

        Assert.Equal(200, model.Model.Summary.Rows);
        Assert.Equal(Scores.Of(model.Transform(data)), Scores.Of(loaded.Transform(again.Load(new MultiFileSource(folder.File("rows.tsv"))))));
    }

    [Fact]
    public void Splits_filters_and_shuffles_train()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var split = ml.Data.TrainTestSplit(data, 0.25, samplingKeyColumnName: "KindName", seed: 1);

        foreach (var view in new[] { split.TrainSet, ml.Data.FilterRowsByColumn(data, "Number", 90, 200), ml.Data.ShuffleRows(data, 3), ml.Data.TakeRows(data, 50) })
        {
            var count = view.GetColumn<int>("Id").Count();
            var model = Fit(ml, view);

            Assert.Equal(count, model.Model.Summary.Rows);
            Assert.All(Scores.Of(model.Transform(split.TestSet)), s => Assert.True(Scores.AreFinite(s)));
        }
    }

    [Fact]
    public void Columns_may_come_from_an_equal_schema_of_another_view()
    {
        var ml = new MLContext(seed: 1);
        var model = Fit(ml, Examples.View(ml));
        var (one, other) = (model.Transform(Examples.View(ml)), model.Transform(Examples.View(ml, 50, seed: 2)));

        using var cursor = other.GetRowCursor(Scores.Columns(one.Schema));

        Assert.Equal(Scores.Of(other), Scores.Read(cursor));
    }

    [Fact]
    public void A_vector_whose_size_a_schema_definition_gives_trains_and_predicts()
    {
        var ml = new MLContext(seed: 1);
        var schema = SchemaDefinition.Create(typeof(Variable));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 5);
        var rows = Examples.List().Select(r => new Variable { Features = r.Features, Number = r.Number, Pair = r.Pair, Flag = r.Flag, Kind = r.Kind }).ToList();
        var data = ml.Data.LoadFromEnumerable(rows, schema);
        var model = Fit(ml, data);
        var chain = model.Append(Widener(ml, model.Transform(data)));
        var expected = ml.Data.CreateEnumerable<AnyScore>(chain.Transform(data), reuseRowObject: false).Select(r => r.Scores);

        using var engine = ml.Model.CreatePredictionEngine<Variable, AnyScore>(chain, inputSchemaDefinition: schema);

        Assert.Equal(expected, rows.Select(r => engine.Predict(r).Scores));
    }

    [Fact]
    public void A_category_that_training_never_saw_is_scored()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml);
        var model = ml.Transforms.Categorical.OneHotEncoding("Hot", "KindName").Append(ml.Transforms.Concatenate("Features", "Features", "Hot"))
            .Append(Trainer(ml, Quick)).Fit(data);
        var rows = Examples.List(3, seed: 2);
        rows[1].KindName = "unheard of";

        Assert.All(Scores.Of(model.Transform(ml.Data.LoadFromEnumerable(rows))), s => Assert.True(Scores.AreFinite(s)));
    }

    private static IEnumerable<TextLoader.Column> Columns()
    {
        yield return new("Id", DataKind.Int32, 0);
        yield return new("Number", DataKind.Single, 1);
        yield return new("Pair", DataKind.Single, 2, 3);
        yield return new("Flag", DataKind.Boolean, 4);
        yield return new("Kind", DataKind.UInt32, [new(5)], new KeyCount(3));
        yield return new("Features", DataKind.Single, 6, 10);
    }

    private static string Line(Example row) => string.Join('\t', new object[] { row.Id, row.Number, row.Pair[0], row.Pair[1], row.Flag ? 1 : 0, row.Kind }
        .Concat(row.Features.Cast<object>()).Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)));
}
