using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class BinaryClassificationCatalog
{
    private CalibratorsCatalog _calibrators;

    public CalibratorsCatalog Calibrators => _calibrators ??= new CalibratorsCatalog(this);

    public CalibratedBinaryClassificationMetrics Evaluate(IDataView data, string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score, string probabilityColumnName = DefaultColumnNames.Probability,
        string predictedLabelColumnName = DefaultColumnNames.PredictedLabel)
    {
        Environment.CheckValue(data, nameof(data));
        Environment.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Environment.CheckNonEmpty(scoreColumnName, nameof(scoreColumnName));
        Environment.CheckNonEmpty(probabilityColumnName, nameof(probabilityColumnName));
        Environment.CheckNonEmpty(predictedLabelColumnName, nameof(predictedLabelColumnName));
        return Tally(data, labelColumnName, scoreColumnName, probabilityColumnName, predictedLabelColumnName).FinishCalibrated();
    }

    public BinaryClassificationMetrics EvaluateNonCalibrated(IDataView data, string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score, string predictedLabelColumnName = DefaultColumnNames.PredictedLabel)
    {
        Environment.CheckValue(data, nameof(data));
        Environment.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        Environment.CheckNonEmpty(scoreColumnName, nameof(scoreColumnName));
        Environment.CheckNonEmpty(predictedLabelColumnName, nameof(predictedLabelColumnName));
        return Tally(data, labelColumnName, scoreColumnName, null, predictedLabelColumnName).Finish();
    }

    public IReadOnlyList<CrossValidationResult<CalibratedBinaryClassificationMetrics>> CrossValidate(IDataView data, IEstimator<ITransformer> estimator,
        int numberOfFolds = 5, string labelColumnName = DefaultColumnNames.Label, string samplingKeyColumnName = null, int? seed = null)
        => CrossValidate(data, estimator, numberOfFolds, labelColumnName, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));

    public IReadOnlyList<CrossValidationResult<BinaryClassificationMetrics>> CrossValidateNonCalibrated(IDataView data, IEstimator<ITransformer> estimator,
        int numberOfFolds = 5, string labelColumnName = DefaultColumnNames.Label, string samplingKeyColumnName = null, int? seed = null)
        => CrossValidate(data, estimator, numberOfFolds, labelColumnName, samplingKeyColumnName, seed, scored => EvaluateNonCalibrated(scored, labelColumnName));

    /// <summary>A transformer around the same model that says true for scores above another threshold.</summary>
    public BinaryPredictionTransformer<TModel> ChangeModelThreshold<TModel>(BinaryPredictionTransformer<TModel> model, float threshold)
        where TModel : class
    {
        Environment.CheckValue(model, nameof(model));
        return model.Threshold == threshold ? model : model.WithThreshold(Environment, threshold);
    }

    private static BinaryTally Tally(IDataView data, string labelName, string scoreName, string probabilityName, string predictedLabelName)
    {
        var schema = data.Schema;
        var label = ScoredColumns.Find(schema, labelName, ScoredColumns.Label);
        var score = ScoredColumns.Find(schema, scoreName, ScoredColumns.Score);
        DataViewSchema.Column? probability = probabilityName == null ? null : ScoredColumns.Find(schema, probabilityName, ScoredColumns.Probability);
        ScoredColumns.Find(schema, predictedLabelName, ScoredColumns.PredictedLabel);       // must be there, but is not read
        ScoredColumns.CheckType(score, "score", score.Type == NumberDataViewType.Single, "Single");
        ScoredColumns.CheckType(label, "label", label.Type == NumberDataViewType.Single || label.Type == NumberDataViewType.Double
            || label.Type is BooleanDataViewType || label.Type is KeyDataViewType { Count: 2 }, "Single, Double, Boolean, or a Key with cardinality 2");
        if (probability is { } column)
            ScoredColumns.CheckType(column, "probability", column.Type == NumberDataViewType.Single, "Single");

        var tally = new BinaryTally(ScoredColumns.BinaryClassNames(label));
        using var cursor = data.GetRowCursor(probability is { } p ? [label, score, p] : [label, score]);
        var getLabel = LabelGetter.Create(cursor, label);
        var getScore = cursor.GetGetter<float>(score);
        var getProbability = probability == null ? (ref float value) => value = float.NaN : cursor.GetGetter<float>(probability.Value);
        float labelValue = 0, scoreValue = 0, probabilityValue = 0;
        while (cursor.MoveNext())
        {
            getLabel(ref labelValue);
            getScore(ref scoreValue);
            getProbability(ref probabilityValue);
            tally.Add(labelValue, scoreValue, probabilityValue);
        }

        return tally;
    }

    /// <summary>Estimators that make probabilities of scores.</summary>
    public sealed class CalibratorsCatalog : CatalogInstantiatorBase
    {
        internal CalibratorsCatalog(BinaryClassificationCatalog catalog) : base(catalog)
        {
        }

        public PlattCalibratorEstimator Platt(string labelColumnName = DefaultColumnNames.Label, string scoreColumnName = DefaultColumnNames.Score,
            string exampleWeightColumnName = null)
            => new(this.GetEnvironment(), labelColumnName, scoreColumnName, exampleWeightColumnName);

        public FixedPlattCalibratorEstimator Platt(double slope, double offset, string scoreColumnName = DefaultColumnNames.Score)
            => new(this.GetEnvironment(), slope, offset, scoreColumnName);
    }
}
