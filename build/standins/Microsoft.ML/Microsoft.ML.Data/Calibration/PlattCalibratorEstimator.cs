using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Calibrators;

/// <summary>Learns a <see cref="PlattCalibrator"/> from labelled scores; rows with a value that is not finite are left out.</summary>
public sealed class PlattCalibratorEstimator : CalibratorEstimatorBase<PlattCalibrator>
{
    internal PlattCalibratorEstimator(IHostEnvironment env, string labelColumnName = DefaultColumnNames.Label,
        string scoreColumnName = DefaultColumnNames.Score, string exampleWeightColumnName = null)
        : base(env, labelColumnName, scoreColumnName, exampleWeightColumnName)
    {
    }

    private protected override CalibratorTransformer<PlattCalibrator> Create(PlattCalibrator calibrator)
        => new PlattCalibratorTransformer(Host, calibrator, ScoreColumn.Name);

    private protected override PlattCalibrator Train(IChannel channel, IDataView scored)
    {
        var label = scored.Schema[LabelColumn.Name];
        var score = scored.Schema[ScoreColumn.Name];
        DataViewSchema.Column? weight = null;
        if (WeightColumn.IsValid)
            weight = scored.Schema.GetColumnOrNull(WeightColumn.Name) ?? throw channel.ExceptSchemaMismatch("weightColumn", "weight", WeightColumn.Name);

        var rows = new List<(float Score, bool Positive, float Weight)>();
        using var cursor = scored.GetRowCursor(weight is { } w ? [label, score, w] : [label, score]);
        var getLabel = LabelGetter.Create(cursor, label);
        var getScore = LabelGetter.Create(cursor, score);       // a number of either precision
        var getWeight = weight == null ? (ref float value) => value = 1 : cursor.GetGetter<float>(weight.Value);
        float labelValue = 0, scoreValue = 0, weightValue = 0;
        while (cursor.MoveNext())
        {
            getLabel(ref labelValue);
            getScore(ref scoreValue);
            getWeight(ref weightValue);
            if (float.IsFinite(labelValue) && float.IsFinite(scoreValue) && float.IsFinite(weightValue))
                rows.Add((scoreValue, labelValue > 0, weightValue));
        }

        channel.Check(rows.Count > 0, "Calibrator trained on zero instances.");
        rows.RemoveAll(row => row.Weight == 0);
        return rows.Count > 0 ? PlattFit.Fit(rows) : new PlattCalibrator(0, 0);
    }
}

/// <summary>Makes a <see cref="PlattCalibrator"/> of given numbers.</summary>
public sealed class FixedPlattCalibratorEstimator : CalibratorEstimatorBase<PlattCalibrator>
{
    private readonly PlattCalibrator _calibrator;

    internal FixedPlattCalibratorEstimator(IHostEnvironment env, double slope = 1, double offset = 0, string scoreColumn = DefaultColumnNames.Score)
        : base(env, null, scoreColumn, null)
        => _calibrator = new PlattCalibrator(slope, offset);

    private protected override PlattCalibrator Train(IChannel channel, IDataView scored) => _calibrator;

    private protected override CalibratorTransformer<PlattCalibrator> Create(PlattCalibrator calibrator)
        => new PlattCalibratorTransformer(Host, calibrator, ScoreColumn.Name);
}
