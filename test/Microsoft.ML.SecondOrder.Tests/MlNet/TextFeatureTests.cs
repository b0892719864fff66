using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

public sealed class TextFeatureTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;
    private readonly IDataView _features;

    public TextFeatureTests()
    {
        _data = Texts("the cat sat", "the dog", "The CAT sat!", "");
        _features = _ml.Transforms.Text.FeaturizeText("Features", "Text").Fit(_data).Transform(_data);
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }

    [Fact]
    public void Text_becomes_a_vector_of_known_size()
    {
        var type = Assert.IsType<VectorDataViewType>(_features.Schema["Features"].Type);

        Assert.Equal(NumberDataViewType.Single, type.ItemType);
        Assert.True(type.IsKnownSize);
        Assert.Equal(["Text", "Features"], _features.Schema.Names());
    }

    [Fact]
    public void Its_slots_are_words_pairs_of_words_and_triples_of_characters()
    {
        var names = _features.Schema["Features"].Annotations.TextValues("SlotNames");

        Assert.Contains("Word.cat", names);
        Assert.Contains("Word.the|cat", names);
        Assert.Contains("Char.c|a|t", names);
        Assert.DoesNotContain("Word.CAT", names);
    }

    [Fact]
    public void Words_and_characters_are_each_scaled_to_length_one()
    {
        var names = _features.Schema["Features"].Annotations.TextValues("SlotNames");

        foreach (var vector in _features.Vectors("Features").Take(3))
        {
            Assert.Equal(1, vector.Where((_, i) => names[i].StartsWith("Word.")).Sum(x => x * x), 4);
            Assert.Equal(1, vector.Where((_, i) => names[i].StartsWith("Char.")).Sum(x => x * x), 4);
        }
    }

    [Fact]
    public void Words_count_alike_in_upper_and_lower_case()
    {
        var names = _features.Schema["Features"].Annotations.TextValues("SlotNames");
        var vectors = _features.Vectors("Features");
        var cat = Array.IndexOf(names, "Word.cat");

        Assert.True(vectors[0][cat] > 0);
        Assert.True(vectors[2][cat] > 0);
        Assert.Equal(0, vectors[1][cat]);
    }

    [Fact]
    public void No_text_and_unseen_words_are_zero()
    {
        var model = _ml.Transforms.Text.FeaturizeText("Features", "Text").Fit(_data);

        Assert.All(_features.Vectors("Features")[3], x => Assert.Equal(0, x));
        Assert.All(model.Transform(Texts("xyz")).Vectors("Features")[0], x => Assert.Equal(0, x));
    }

    [Fact]
    public void Text_can_be_classified_by_it()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new Labelled { Text = i % 2 == 0 ? $"good friend {i}" : $"bad enemy {i}", Label = i % 2 == 0 }).ToList());

        var scored = _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression()).Fit(data).Transform(data);

        Assert.Equal(1, _ml.BinaryClassification.Evaluate(scored).Accuracy);
    }

    private sealed class Labelled
    {
        public string Text { get; set; } = "";

        public bool Label { get; set; }
    }

    private IDataView Texts(params string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(t => new Row { Text = t }).ToList());
}
