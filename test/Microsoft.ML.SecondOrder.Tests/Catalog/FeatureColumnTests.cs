using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

/// <summary>Columns other than one vector of numbers, from training to scoring and back from a file.</summary>
public sealed class FeatureColumnTests
{
    private static readonly string[] _words = ["good", "bad", "film", "very", "the", "plot"];

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Numbers_keys_text_and_image_are_joined()
    {
        var data = _ml.Data.LoadFromEnumerable(Rows(160), Schema());
        var model = Train(data, new()
        {
            FeatureColumnName = nameof(Row.Numbers),
            MoreFeatureColumnNames = [nameof(Row.Single), "Shop", "Words", nameof(Row.Pixels)],
            MaximumNumberOfEpochs = 40,
        });

        Works(model, data, "Joined", "Words: Tokens [64]", "Pixels: PlanarImage [1, 4, 4]", "Shop: Categories [1]");
    }

    [Fact]
    public void Text_of_unknown_length_is_read_by_a_transformer()
    {
        var data = _ml.Data.LoadFromEnumerable(Rows(120), Schema());
        var model = Train(data, new()
        {
            FeatureColumnName = "Words",
            Network = Network.TextTransformer(1, 16),
            MaximumNumberOfTokens = 5,
            MaximumNumberOfEpochs = 30,
        });

        Works(model, data, "TextTransformer", "Words: Tokens [5]");
    }

    [Fact]
    public void Keys_are_read_without_one_hot_encoding()
    {
        var data = _ml.Data.LoadFromEnumerable(Rows(160), Schema());
        var model = Train(data, new()
        {
            FeatureColumnName = nameof(Row.Numbers),
            MoreFeatureColumnNames = ["Shop"],
            Network = Network.FtTransformer(16, 1),
            MaximumNumberOfEpochs = 30,
        });

        Works(model, data, "FtTransformer", "Shop: Categories [1]");
    }

    [Fact]
    public void Images_come_with_dimensions_or_as_plain_vectors_of_known_dimensions()
    {
        var shaped = _ml.Data.LoadFromEnumerable(Rows(160), Schema());
        var plain = _ml.Data.LoadFromEnumerable(Rows(160));
        var network = Network.Convolutional(4) with { HiddenWidths = [8] };
        var options = new NeuralNetworkMulticlassTrainer.Options { FeatureColumnName = nameof(Row.Pixels), Network = network, MaximumNumberOfEpochs = 20 };
        var first = Train(shaped, options);
        options.ImageDimensions = new ImageDimensions(1, 4, 4);
        var second = Train(plain, options);

        Works(first, shaped, "Convolutional", "Pixels: PlanarImage [1, 4, 4]");
        Assert.Equal(Scores(first, shaped), Scores(second, plain));
    }

    [Fact]
    public void What_a_network_cannot_read_is_an_error_with_a_way_out()
    {
        var data = _ml.Data.LoadFromEnumerable(Rows(20), Schema());

        var keys = Assert.ThrowsAny<ArgumentOutOfRangeException>(() => Train(data, new() { FeatureColumnName = "Words", Network = Network.Mlp(3) }));
        Assert.Contains("Schema mismatch for feature column 'Words': expected Vector<Single>, got VarVector<Key<UInt32>>", keys.Message);
        Assert.Contains("OneHotEncoding", keys.Message);
        var text = Assert.ThrowsAny<ArgumentException>(() => Train(data, new() { FeatureColumnName = nameof(Row.Numbers), Network = Network.TextTransformer() }));
        Assert.Contains("TextTransformer", text.Message);
        var image = Assert.ThrowsAny<ArgumentException>(() => Train(data, new() { FeatureColumnName = nameof(Row.Numbers), Network = Network.WideResNet() }));
        Assert.Contains("ImageDimensions", image.Message);
        Assert.Contains("MoreFeatureColumnNames", Assert.Throws<ArgumentOutOfRangeException>(() => Train(data, new() { MoreFeatureColumnNames = ["Features"] })).Message);
    }

    /// <summary>Better than guessing, the same after saving and loading, the same row by row, and told in words.</summary>
    private void Works(ITransformer model, IDataView data, string network, params string[] segments)
    {
        var scored = model.Transform(data);
        Assert.True(_ml.MulticlassClassification.Evaluate(scored).MicroAccuracy > 0.8, $"{_ml.MulticlassClassification.Evaluate(scored).MicroAccuracy}");

        var file = new MemoryStream();
        _ml.Model.Save(model, data.Schema, file);
        var loaded = _ml.Model.Load(file, out _);
        Assert.Equal(Scores(model, data), Scores(loaded, data));
        var trained = Last(loaded).Model;
        Assert.StartsWith(network, trained.Network.ToString());
        Assert.All(segments, s => Assert.Contains(s, trained.Shape.Segments.Select(i => i.ToString())));

        var engine = _ml.Model.CreatePredictionEngine<Row, Scored>(loaded, inputSchemaDefinition: Schema());
        var expected = Scores(model, data).Chunk(2).ToList();
        Assert.Equal(expected.Take(5), Rows(5).Select(r => engine.Predict(r).Score.ToArray()));
    }

    private static NeuralNetworkPredictionTransformer Last(ITransformer model) =>
        (NeuralNetworkPredictionTransformer)((IEnumerable<ITransformer>)model).Last();

    private static TransformerChain<ITransformer> Train(IDataView data, NeuralNetworkMulticlassTrainer.Options options)
    {
        var ml = new MLContext(1);
        return ml.Transforms.Conversion.MapValueToKey("Label", nameof(Row.Kind))
            .Append(ml.Transforms.Conversion.MapValueToKey("Shop", nameof(Row.Place)))
            .Append(ml.Transforms.Conversion.MapValueToKey("Words", nameof(Row.Text)))
            .Append((IEstimator<ITransformer>)ml.MulticlassClassification.Trainers.NeuralNetwork(options))
            .Fit(data);
    }

    private float[] Scores(ITransformer model, IDataView data) =>
        [.. _ml.Data.CreateEnumerable<Scored>(model.Transform(data), false).SelectMany(s => s.Score)];

    private static SchemaDefinition Schema()
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, 4, 4);
        return schema;
    }

    /// <summary>Every column alone says which of two kinds a row is.</summary>
    private static IEnumerable<Row> Rows(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var kind = i * 7 % 3 == 0;
            yield return new Row
            {
                Numbers = [kind ? 1 : -1, MathF.Sin(i)],
                Single = MathF.Cos(i),
                Place = kind ? i % 2 == 0 ? "north" : "east" : i % 2 == 0 ? "south" : "west",
                Text = [.. Enumerable.Range(0, 1 + i % 4).Select(w => _words[2 + (i + w) % 4]), kind ? "good" : "bad"],
                Pixels = [.. Enumerable.Range(0, 16).Select(p => (kind ? p % 4 : p / 4) == (i + 1) % 4 ? 1f : 0.1f * MathF.Sin(i * p))],
                Kind = kind ? "yes" : "no",
            };
        }
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Numbers { get; set; } = [];

        public float Single { get; set; }

        public string Place { get; set; } = "";

        public string[] Text { get; set; } = [];

        [VectorType(16)]
        public float[] Pixels { get; set; } = [];

        public string Kind { get; set; } = "";
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
