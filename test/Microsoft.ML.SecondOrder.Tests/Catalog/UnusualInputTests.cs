using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Images of the wrong size, words that nobody knows, texts without words: a defined result or a clear error.</summary>
public sealed class UnusualInputTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Images_of_another_size_than_in_training_are_an_error()
    {
        var model = Trainer(nameof(Row.Pixels), Network.Convolutional(2)).Fit(Shaped(Rows(20), 1, 4, 4));

        foreach (var other in new[] { Shaped(Rows(5), 1, 2, 8), Shaped(Rows(5), 16), Shaped(Rows(5, pixels: 25), 1, 5, 5) })
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => Scores(model, other));
            Assert.Contains("'Pixels'", error.Message);
            Assert.Contains("Vector<Single, 1, 4, 4>", error.Message);
        }
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(0)]
    public void A_row_with_more_or_fewer_pixels_than_its_type_says_is_an_error(int pixels)
    {
        var rows = Rows(20).ToList();
        rows[7].Pixels = new float[pixels];
        var trainer = Trainer(nameof(Row.Pixels), Network.Convolutional(2));
        var model = trainer.Fit(Shaped(Rows(20), 1, 4, 4));

        foreach (var action in new Action[] { () => trainer.Fit(Shaped(rows, 1, 4, 4)), () => Scores(model, Shaped(rows, 1, 4, 4)) })
        {
            var error = Assert.ThrowsAny<InvalidOperationException>(action);
            Assert.Contains($"Row 7: the vector in column 'Pixels' holds {pixels} numbers, where its type says 16", error.Message);
        }
    }

    [Fact]
    public void A_row_with_fewer_targets_than_its_type_says_is_an_error()
    {
        var rows = Examples.List(20);
        rows[3].Pair = [1];

        var error = Assert.Throws<InvalidOperationException>(() => _ml.Regression.Trainers.NeuralNetwork(nameof(Example.Pair)).Fit(_ml.Data.LoadFromEnumerable(rows)));

        Assert.Contains("Row 3: the vector in column 'Pair' holds 1 numbers, where its type says 2", error.Message);
    }

    [Fact]
    public void Dimensions_that_are_not_the_vectors_are_an_error()
    {
        var trainer = Trainer(nameof(Row.Pixels), Network.Convolutional(2), o => o.ImageDimensions = new ImageDimensions(1, 4, 5));

        var error = Assert.ThrowsAny<ArgumentException>(() => trainer.Fit(Shaped(Rows(20), 16)));

        Assert.Contains("ImageDimensions", error.Message);
        Assert.Contains("Pixels: Numbers [16]", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unknown_words_count_for_nothing_and_an_empty_text_has_a_score(bool joined)
    {
        var data = Shaped(Rows(60), 16);
        var model = _ml.Transforms.Conversion.MapValueToKey("Words", nameof(Row.Text))
            .Append((IEstimator<ITransformer>)Trainer("Words", joined ? Network.Joined(8) : Network.TextTransformer(1, 8), o => o.MaximumNumberOfTokens = 4)).Fit(data);

        string[][] texts = [[], ["unheard"], ["unheard", "of"], ["good", "plot"], ["good", "plot", "unheard"], ["good", "plot", "bad", "film"], ["good", "plot", "bad", "film", "bad", "bad"]];
        var scores = Scores(model, Shaped(texts.Select(t => new Row { Text = t, Pixels = new float[16] }), 16));

        Assert.All(scores, s => Assert.True(float.IsFinite(s)));
        Assert.Equal(scores[0], scores[1]);
        Assert.Equal(scores[0], scores[2]);
        Assert.Equal(scores[3], scores[4]);
        Assert.Equal(scores[5], scores[6]); // read up to the maximum
        Assert.NotEqual(scores[0], scores[3]);
    }

    [Fact]
    public void An_unknown_category_has_a_score_of_its_own()
    {
        var model = _ml.Transforms.Conversion.MapValueToKey("Shop", nameof(Row.Place))
            .Append((IEstimator<ITransformer>)Trainer("Shop", Network.FtTransformer(8, 1))).Fit(Shaped(Rows(60), 16));

        var scores = Scores(model, Shaped(new[] { "north", "nowhere", "" }.Select(p => new Row { Place = p, Pixels = new float[16] }), 16));

        Assert.All(scores, s => Assert.True(float.IsFinite(s)));
        Assert.Equal(scores[1], scores[2]);
        Assert.NotEqual(scores[0], scores[1]);
    }

    [Fact]
    public void Keys_of_another_vocabulary_are_an_error()
    {
        var words = _ml.Transforms.Conversion.MapValueToKey("Words", nameof(Row.Text));
        var few = Shaped(Rows(60), 16);
        var model = Trainer("Words", Network.TextTransformer(1, 8)).Fit(words.Fit(few).Transform(few));
        var more = Shaped(Rows(60).Append(new Row { Text = ["another"], Pixels = new float[16] }), 16);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Scores(model, words.Fit(more).Transform(more)));

        Assert.Contains("'Words'", error.Message);
    }

    [Fact]
    public void Texts_without_any_word_are_no_vocabulary_to_learn_from()
    {
        var data = Shaped(Rows(20).Select(r => new Row { Flag = r.Flag, Pixels = r.Pixels }), 16);
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Words", nameof(Row.Text)).Append((IEstimator<ITransformer>)Trainer("Words", Network.TextTransformer(1, 8)));

        // ML.NET gives keys without values a count of 1: then all texts are empty ones, and score alike.
        Assert.Single(Scores(pipeline.Fit(data), data).Distinct());
    }

    private NeuralNetworkBinaryTrainer Trainer(string column, Network network, Action<NeuralNetworkBinaryTrainer.Options>? change = null)
    {
        var options = new NeuralNetworkBinaryTrainer.Options { LabelColumnName = nameof(Row.Flag), FeatureColumnName = column, Network = network, MaximumNumberOfEpochs = 3 };
        change?.Invoke(options);
        return new MLContext(1).BinaryClassification.Trainers.NeuralNetwork(options);
    }

    private float[] Scores(ITransformer model, IDataView data) => [.. _ml.Data.CreateEnumerable<Scored>(model.Transform(data), false).Select(s => s.Score)];

    private IDataView Shaped(IEnumerable<Row> rows, params int[] dimensions)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions);
        return _ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static IEnumerable<Row> Rows(int count, int pixels = 16) => Enumerable.Range(0, count).Select(i => new Row
    {
        Pixels = [.. Enumerable.Range(0, pixels).Select(p => MathF.Sin(i * p))],
        Text = [i % 2 == 0 ? "good" : "bad", i % 3 == 0 ? "plot" : "film"],
        Place = i % 2 == 0 ? "north" : "south",
        Flag = i % 2 == 0,
    });

    private sealed class Row
    {
        [VectorType(16)]
        public float[] Pixels { get; set; } = [];

        public string[] Text { get; set; } = [];

        public string Place { get; set; } = "";

        public bool Flag { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
