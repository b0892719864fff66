using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// Score, and how sure it is: ScoreStandardDeviation, PredictionIntervalLower, PredictionIntervalUpper, and on request the deviation's two parts,
/// NoiseStandardDeviation and ModelStandardDeviation, whose squares add up to its own; all in the label's unit.
/// </summary>
internal sealed class IntervalColumns(TargetScaling scaling, double level, bool separatesNoise) : ScoreColumns
{
    private readonly double _reach = NormalDistribution.Quantile(0.5 + 0.5 * level);

    public override DataViewSchema.DetachedColumn[] Make(uint setId)
    {
        string[] parts = separatesNoise ? ["NoiseStandardDeviation", "ModelStandardDeviation"] : [];
        return [.. new[] { Score, "ScoreStandardDeviation", "PredictionIntervalLower", "PredictionIntervalUpper" }.Concat(parts).Select(name =>
            new DataViewSchema.DetachedColumn(name, NumberDataViewType.Single, Annotate(ScoreAnnotations.Regression, name, setId)))];
    }

    public override Delegate[] Getters(ScoredRow row)
    {
        Delegate[] parts = separatesNoise ? [Number(() => scaling.Scale * row.NoiseDeviation), Number(() => scaling.Scale * row.ModelDeviation)] : [];
        return
        [
            (ValueGetter<float>)((ref float value) => value = scaling.ToScore(row.Outputs[0])),
            Number(() => Deviation(row)),
            Number(() => scaling.ToScore(row.Outputs[0]) - _reach * Deviation(row)),
            Number(() => scaling.ToScore(row.Outputs[0]) + _reach * Deviation(row)),
            .. parts,
        ];
    }

    public override void ToScores(Span<float> outputs) => outputs[0] = scaling.ToScore(outputs[0]);

    private static ValueGetter<float> Number(Func<double> number) => (ref float value) => value = (float)number();

    private double Deviation(ScoredRow row) => scaling.Scale * Math.Sqrt(row.NoiseDeviation * row.NoiseDeviation + row.ModelDeviation * row.ModelDeviation);
}
