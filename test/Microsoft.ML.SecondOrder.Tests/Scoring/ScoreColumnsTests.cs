using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Scoring;

public sealed class ScoreColumnsTests
{
    private const float NaN = float.NaN;

    private readonly MLContext _ml = new();

    [Theory]
    [InlineData(0, 0.5f)]
    [InlineData(1, 0.731058578f)]
    [InlineData(-1, 0.268941421f)]
    [InlineData(200, 1)]
    [InlineData(-200, 0)]
    [InlineData(NaN, NaN)]
    public void A_probability_is_the_logistic_of_the_log_odds(float logOdds, float expected)
    {
        var scored = Linear.Identity(NetworkTask.BinaryClassification, 1).Transform(Linear.View(_ml, [logOdds]));

        Assert.Equal(logOdds, scored.GetColumn<float>("Score").Single());
        Assert.Equal(expected, scored.GetColumn<float>("Probability").Single(), 1e-7f);
        Assert.Equal(logOdds > 0, scored.GetColumn<bool>("PredictedLabel").Single());
    }

    [Fact]
    public void Probabilities_of_classes_are_the_softmax()
    {
        var scored = Linear.Identity(NetworkTask.MulticlassClassification, 3).Transform(Linear.View(_ml, [1, 2, 0], [1000, 999, -1000]));

        var scores = scored.GetColumn<float[]>("Score").ToList();
        Assert.Equal([0.244728f, 0.665241f, 0.090031f], scores[0], Close);
        Assert.Equal([0.731059f, 0.268941f, 0], scores[1], Close);
        Assert.Equal([2u, 1u], scored.GetColumn<uint>("PredictedLabel"));
    }

    [Fact]
    public void The_first_of_equal_classes_wins()
    {
        var scored = Linear.Identity(NetworkTask.MulticlassClassification, 3).Transform(Linear.View(_ml, [0, 5, 5], [-1, -1, -1]));

        Assert.Equal([2u, 1u], scored.GetColumn<uint>("PredictedLabel"));
    }

    [Fact]
    public void Where_nothing_is_known_the_predicted_class_is_missing()
    {
        var scored = Linear.Identity(NetworkTask.MulticlassClassification, 2).Transform(Linear.View(_ml, [NaN, NaN]));

        Assert.Equal(0u, scored.GetColumn<uint>("PredictedLabel").Single());
        Assert.All(scored.GetColumn<float[]>("Score").Single(), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void A_score_of_regression_is_in_the_labels_unit()
    {
        var scored = Linear.Identity(NetworkTask.Regression, 1, new TargetScaling(100, 5)).Transform(Linear.View(_ml, [-2], [0.5f]));

        Assert.Equal([90f, 102.5f], scored.GetColumn<float>("Score"));
    }

    [Fact]
    public void Scorers_in_a_row_count_up_their_set_ids()
    {
        var scorer = Linear.Identity(NetworkTask.Regression, 1);
        var schema = Linear.View(_ml, [1]).Schema;
        var ids = new List<uint>();
        for (var i = 0; i < 3; i++)
        {
            schema = scorer.GetOutputSchema(schema);
            uint id = 0;
            schema["Score"].Annotations.GetValue("ScoreColumnSetId", ref id);
            ids.Add(id);
        }

        Assert.Equal([1u, 2, 3], ids);
    }

    [Fact]
    public void A_row_is_scored_once_and_again_after_the_cursor_moved()
    {
        var view = Linear.Identity(NetworkTask.BinaryClassification, 1).Transform(Linear.View(_ml, [1], [-1]));
        using var cursor = view.GetRowCursor([view.Schema["Score"], view.Schema["Probability"]]);
        var (score, probability) = (cursor.GetGetter<float>(view.Schema["Score"]), cursor.GetGetter<float>(view.Schema["Probability"]));
        var (s, p) = (0f, 0f);

        cursor.MoveNext();
        score(ref s);
        probability(ref p);
        Assert.Equal((1f, 0.731058578f), (s, p));

        cursor.MoveNext();
        probability(ref p);
        score(ref s);
        Assert.Equal((-1f, 0.268941421f), (s, p));
    }

    private static IEqualityComparer<float> Close { get; } = EqualityComparer<float>.Create((a, b) => Math.Abs(a - b) < 1e-6f);
}
