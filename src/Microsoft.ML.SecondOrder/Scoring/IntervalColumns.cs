using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>Score, and how sure it is: ScoreStandardDeviation, PredictionIntervalLower, PredictionIntervalUpper, in the label's unit.</summary>
internal sealed class IntervalColumns(TargetScaling scaling, double level) : ScoreColumns
{
    private readonly double _reach = NormalDistribution.Quantile(0.5 + 0.5 * level);

    public override DataViewSchema.DetachedColumn[] Make(uint setId) =>
        [.. new[] { Score, "ScoreStandardDeviation", "PredictionIntervalLower", "PredictionIntervalUpper" }.Select(name =>
            new DataViewSchema.DetachedColumn(name, NumberDataViewType.Single, Annotate(ScoreAnnotations.Regression, name, setId)))];

    public override Delegate[] Getters(ScoredRow row) =>
    [
        (ValueGetter<float>)((ref float value) => value = scaling.ToScore(row.Outputs[0])),
        (ValueGetter<float>)((ref float value) => value = (float)Deviation(row)),
        (ValueGetter<float>)((ref float value) => value = (float)(scaling.ToScore(row.Outputs[0]) - _reach * Deviation(row))),
        (ValueGetter<float>)((ref float value) => value = (float)(scaling.ToScore(row.Outputs[0]) + _reach * Deviation(row))),
    ];

    public override void ToScores(Span<float> outputs) => outputs[0] = scaling.ToScore(outputs[0]);

    private double Deviation(ScoredRow row) => scaling.Scale * row.Deviation;
}
