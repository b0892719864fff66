using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>Score: the predicted number, in the label's unit.</summary>
internal sealed class RegressionColumns(TargetScaling scaling) : ScoreColumns
{
    public override DataViewSchema.DetachedColumn[] Make(uint setId) =>
        [new(Score, NumberDataViewType.Single, Annotate(ScoreAnnotations.Regression, Score, setId))];

    public override Delegate[] Getters(ScoredRow row) =>
        [(ValueGetter<float>)((ref float value) => value = scaling.ToScore(row.Outputs[0]))];

    public override void ToScores(Span<float> outputs) => outputs[0] = scaling.ToScore(outputs[0]);
}
