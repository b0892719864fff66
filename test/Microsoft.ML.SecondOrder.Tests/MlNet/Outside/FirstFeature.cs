using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>Models without training: the score is the first feature.</summary>
internal static class FirstFeature
{
    public static OutsideTransformer<object> AsRegression(int size) => Scores("Regression", size);

    public static OutsideTransformer<object> AsRanking(int size) => Scores("Ranking", size);

    /// <summary>Score, probability sigma(score), and whether the score is positive.</summary>
    public static OutsideTransformer<object> AsBinary(int size, bool withProbability = true)
    {
        const string kind = "BinaryClassification";
        var columns = new List<DataViewSchema.DetachedColumn>
        {
            ScoreColumns.Scalar("PredictedLabel", BooleanDataViewType.Instance, kind, "PredictedLabel"),
            ScoreColumns.Scalar("Score", NumberDataViewType.Single, kind, "Score"),
        };
        if (withProbability) columns.Add(ScoreColumns.Scalar("Probability", NumberDataViewType.Single, kind, "Probability", normalized: true));
        return Make(size, columns, features =>
        [
            (ValueGetter<bool>)((ref bool value) => value = features()[0] > 0),
            (ValueGetter<float>)((ref float value) => value = features()[0]),
            (ValueGetter<float>)((ref float value) => value = 1 / (1 + MathF.Exp(-features()[0]))),
        ]);
    }

    private static OutsideTransformer<object> Scores(string kind, int size)
        => Make(size, [ScoreColumns.Scalar("Score", NumberDataViewType.Single, kind, "Score")], features => [(ValueGetter<float>)((ref float value) => value = features()[0])]);

    private static OutsideTransformer<object> Make(int size, List<DataViewSchema.DetachedColumn> columns, GetterFactory getters)
        => new("Features", new VectorDataViewType(NumberDataViewType.Single, size), new object(), columns, getters);
}
