using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class MulticlassClassificationCatalog
{
    public MulticlassClassificationMetrics Evaluate(IDataView data, string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score, string predictedLabelColumnName = DefaultColumnNames.PredictedLabel, int topKPredictionCount = 0)
    {
        Environment.CheckValue(data, nameof(data));
        Environment.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Environment.CheckNonEmpty(scoreColumnName, nameof(scoreColumnName));
        Environment.CheckNonEmpty(predictedLabelColumnName, nameof(predictedLabelColumnName));
        Environment.CheckUserArg(topKPredictionCount >= 0, nameof(topKPredictionCount), "Must be non-negative");
        var label = ScoredColumns.Find(data.Schema, labelColumnName, ScoredColumns.Label);
        var score = ScoredColumns.Find(data.Schema, scoreColumnName, ScoredColumns.Score);
        ScoredColumns.Find(data.Schema, predictedLabelColumnName, ScoredColumns.PredictedLabel);        // must be there, but is not read
        ScoredColumns.CheckType(score, "score", score.Type is VectorDataViewType { Size: >= 2 } vector && vector.ItemType == NumberDataViewType.Single,
            "vector of two or more items of type Single");
        ScoredColumns.CheckType(label, "label", label.Type == NumberDataViewType.Single || label.Type is KeyDataViewType, "Single or Key");

        var tally = new MulticlassTally(ScoredColumns.MulticlassNames(score));
        using var cursor = data.GetRowCursor([label, score]);
        var getLabel = LabelGetter.Create(cursor, label);
        var getScore = cursor.GetGetter<VBuffer<float>>(score);
        float labelValue = 0;
        VBuffer<float> scoreValue = default;
        var scores = new float[score.Type.GetValueCount()];
        while (cursor.MoveNext())
        {
            getLabel(ref labelValue);
            getScore(ref scoreValue);
            Environment.Check(scoreValue.Length == scores.Length, $"Column '{score.Name}' has {scoreValue.Length} scores, but its type says {scores.Length}.");
            scoreValue.CopyTo(scores);
            tally.Add(labelValue, scores);
        }

        return tally.Finish(topKPredictionCount);
    }

    public IReadOnlyList<CrossValidationResult<MulticlassClassificationMetrics>> CrossValidate(IDataView data, IEstimator<ITransformer> estimator,
        int numberOfFolds = 5, string labelColumnName = DefaultColumnNames.Label, string samplingKeyColumnName = null, int? seed = null)
        => CrossValidate(data, estimator, numberOfFolds, labelColumnName, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));
}
