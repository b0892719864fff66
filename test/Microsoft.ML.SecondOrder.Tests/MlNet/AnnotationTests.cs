using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet;

/// <summary>What built-in scorers write beside their columns: evaluators, calibrators and key mapping read it.</summary>
public sealed class AnnotationTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _raw;
    private readonly IDataView _data;

    public AnnotationTests()
    {
        _raw = Clusters.View(_ml, 30);
        _data = _ml.Transforms.Concatenate("Features", "Size").Fit(_raw).Transform(_raw);
    }

    [Fact]
    public void Multiclass_with_text_labels()
    {
        var scored = Multiclass("Species", _data);

        var label = scored.Schema["PredictedLabel"];
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), label.Type);
        Assert.Equal(["KeyValues", "ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind"], Kinds(label));
        Assert.Equal("MulticlassClassification", Text(label, "ScoreColumnKind"));
        Assert.Equal("PredictedLabel", Text(label, "ScoreValueKind"));
        Assert.Equal(Clusters.Species, label.Annotations.TextValues("KeyValues"));

        var score = scored.Schema["Score"];
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), score.Type);
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind", "SlotNames", "TrainingLabelValues"], Kinds(score));
        Assert.Equal("MulticlassClassification", Text(score, "ScoreColumnKind"));
        Assert.Equal("Score", Text(score, "ScoreValueKind"));
        Assert.Equal(Clusters.Species, score.Annotations.TextValues("TrainingLabelValues"));
        Assert.Equal(Clusters.Species, score.Annotations.TextValues("SlotNames"));
    }

    [Fact]
    public void Multiclass_with_number_labels_has_no_slot_names()
    {
        var scored = Multiclass("Number", _data);

        Assert.Equal([10f, 20f, 30f], scored.Schema["PredictedLabel"].Annotations.Values<float>("KeyValues"));
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind", "TrainingLabelValues"], Kinds(scored.Schema["Score"]));
        Assert.Equal([10f, 20f, 30f], scored.Schema["Score"].Annotations.Values<float>("TrainingLabelValues"));
    }

    [Fact]
    public void Binary()
    {
        var scored = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose").Fit(_data).Transform(_data);

        Assert.Equal(BooleanDataViewType.Instance, scored.Schema["PredictedLabel"].Type);
        Assert.Equal(NumberDataViewType.Single, scored.Schema["Score"].Type);
        Assert.Equal(NumberDataViewType.Single, scored.Schema["Probability"].Type);
        foreach (var name in new[] { "PredictedLabel", "Score", "Probability" })
        {
            Assert.Equal("BinaryClassification", Text(scored.Schema[name], "ScoreColumnKind"));
            Assert.Equal(name, Text(scored.Schema[name], "ScoreValueKind"));
        }
        Assert.Equal(["IsNormalized", "ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind"], Kinds(scored.Schema["Probability"]));
        Assert.True(scored.Schema["Probability"].Annotations.Value<bool>("IsNormalized"));
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind"], Kinds(scored.Schema["Score"]));
    }

    [Fact]
    public void Regression()
    {
        var score = _ml.Regression.Trainers.Sdca("Target", maximumNumberOfIterations: 5).Fit(_data).Transform(_data).Schema["Score"];

        Assert.Equal(NumberDataViewType.Single, score.Type);
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind"], Kinds(score));
        Assert.Equal("Regression", Text(score, "ScoreColumnKind"));
        Assert.Equal("Score", Text(score, "ScoreValueKind"));
    }

    [Fact]
    public void A_score_set_has_the_next_id_after_those_of_its_input()
    {
        var once = Multiclass("Species", _data);
        var twice = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(once).Transform(once);

        Assert.Equal(new KeyDataViewType(typeof(uint), 2147483647), once.Schema["Score"].Annotations.Schema["ScoreColumnSetId"].Type);
        Assert.Equal(1u, once.Schema["Score"].Annotations.Value<uint>("ScoreColumnSetId"));
        Assert.Equal(2u, twice.Schema["Score"].Annotations.Value<uint>("ScoreColumnSetId"));
        Assert.Equal(2u, twice.Schema["PredictedLabel"].Annotations.Value<uint>("ScoreColumnSetId"));
    }

    [Fact]
    public void Scores_of_a_multiclass_model_are_probabilities()
        => Assert.All(Multiclass("Species", _data).Vectors("Score"), score => Assert.Equal(1, score.Sum(), 3));

    [Fact]
    public void A_binary_probability_is_the_sigmoid_of_the_score()
    {
        var scored = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsRose").Fit(_data).Transform(_data);

        Assert.All(scored.Column<float>("Score").Zip(scored.Column<float>("Probability")), p => Assert.Equal(1 / (1 + MathF.Exp(-p.First)), p.Second, 4));
        Assert.All(scored.Column<float>("Score").Zip(scored.Column<bool>("PredictedLabel")), p => Assert.Equal(p.First > 0, p.Second));
    }

    [Fact]
    public void Concatenation_names_the_slots_of_scalars()
    {
        var schema = _ml.Transforms.Concatenate("All", "Size", "Target").Fit(_raw).Transform(_raw).Schema;

        Assert.Equal(["", "", "Target"], schema["All"].Annotations.TextValues("SlotNames"));
    }

    [Fact]
    public void A_normalized_column_says_so_and_keeps_its_slot_names()
    {
        var data = _ml.Transforms.Concatenate("All", "Size", "Target").Append(_ml.Transforms.NormalizeMinMax("All")).Fit(_raw).Transform(_raw);

        Assert.True(data.Schema["All"].Annotations.Value<bool>("IsNormalized"));
        Assert.Equal(["", "", "Target"], data.Schema["All"].Annotations.TextValues("SlotNames"));
    }

    [Fact]
    public void Shortcuts_read_slot_names_and_key_values()
    {
        var scored = Multiclass("Species", _data);
        var (names, keys) = (default(VBuffer<ReadOnlyMemory<char>>), default(VBuffer<ReadOnlyMemory<char>>));

        scored.Schema["Score"].GetSlotNames(ref names);
        scored.Schema["PredictedLabel"].GetKeyValues(ref keys);

        Assert.True(scored.Schema["Score"].HasSlotNames());
        Assert.Equal(Clusters.Species, names.DenseValues().Select(v => v.ToString()));
        Assert.Equal(Clusters.Species, keys.DenseValues().Select(v => v.ToString()));
    }

    private IDataView Multiclass(string label, IDataView data)
        => _ml.Transforms.Conversion.MapValueToKey("Label", label)
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Fit(data).Transform(data);

    private static string[] Kinds(DataViewSchema.Column column) => [.. column.Annotations.Schema.Names().Order(StringComparer.Ordinal)];

    private static string Text(DataViewSchema.Column column, string kind) => column.Annotations.Value<ReadOnlyMemory<char>>(kind).ToString();
}
