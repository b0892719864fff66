using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Calibrators;

/// <summary>Adds the column Probability, computed from a column of scores.</summary>
public abstract class CalibratorTransformer<TICalibrator> : RowToRowTransformerBase,
    ISingleFeaturePredictionTransformer<TICalibrator>, ISingleFeaturePredictionTransformer
    where TICalibrator : class, ICalibrator
{
    private const string CalibratorDirectory = "Calibrator";

    private readonly TICalibrator _calibrator;
    private readonly string _scoreColumnName;

    private protected CalibratorTransformer(IHostEnvironment env, TICalibrator calibrator, string scoreColumnName)
        : base(env.Register(nameof(CalibratorTransformer<TICalibrator>)))
    {
        _calibrator = calibrator;
        _scoreColumnName = scoreColumnName;
    }

    private protected CalibratorTransformer(IHostEnvironment env, ModelLoadContext ctx, VersionInfo version)
        : base(env.Register(nameof(CalibratorTransformer<TICalibrator>)))
    {
        ctx.CheckAtModel(version);
        ctx.LoadModel<TICalibrator, SignatureLoadModel>(env, out _calibrator, CalibratorDirectory);
        _scoreColumnName = ctx.LoadNonEmptyString();
    }

    TICalibrator IPredictionTransformer<TICalibrator>.Model => _calibrator;

    /// <summary>Always Score, whatever column is read: so it is in ML.NET.</summary>
    string ISingleFeaturePredictionTransformer<TICalibrator>.FeatureColumnName => DefaultColumnNames.Score;

    string ISingleFeaturePredictionTransformer.FeatureColumnName => DefaultColumnNames.Score;

    DataViewType ISingleFeaturePredictionTransformer<TICalibrator>.FeatureColumnType => NumberDataViewType.Single;

    private protected abstract VersionInfo Version { get; }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(Version);
        ctx.SaveModel(_calibrator, CalibratorDirectory);
        ctx.SaveNonEmptyString(_scoreColumnName);
    }

    private protected override RowToRowMapping Bind(DataViewSchema input)
    {
        var score = input.GetColumnOrNull(_scoreColumnName);
        Host.Check(score != null, $"The data to calibrate contains no '{_scoreColumnName}' column.");
        return new Mapping(_calibrator, input, score.Value);
    }

    private sealed class Mapping(TICalibrator calibrator, DataViewSchema input, DataViewSchema.Column score)
        : RowToRowMapping(input, new DataViewSchema.DetachedColumn(DefaultColumnNames.Probability, NumberDataViewType.Single, CalibratorAnnotations.Of(score)))
    {
        protected override IEnumerable<int> DependenciesOf(int added) => [score.Index];

        protected override Delegate MakeGetter(DataViewRow input, int added)
        {
            var getScore = input.GetGetter<float>(score);
            float value = 0;
            return (ValueGetter<float>)((ref float probability) =>
            {
                getScore(ref value);
                probability = calibrator.PredictProbability(value);
            });
        }
    }
}
