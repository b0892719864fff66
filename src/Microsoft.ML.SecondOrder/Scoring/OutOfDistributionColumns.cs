using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>
/// OutOfDistributionScore after the columns of a task: the standard deviation of the network's outputs from the uncertainty of its weights, relative to what 95 of
/// 100 training rows stay below. At least 0, without unit.
/// </summary>
internal sealed class OutOfDistributionColumns(ScoreColumns columns, NetworkTask task) : ScoreColumns
{
    private const string Name = "OutOfDistributionScore";

    public override DataViewSchema.DetachedColumn[] Make(uint setId) =>
        [.. columns.Make(setId), new(Name, NumberDataViewType.Single, Annotate(Kind(), Name, setId))];

    public override Delegate[] Getters(ScoredRow row) =>
        [.. columns.Getters(row), (ValueGetter<float>)((ref float value) => value = (float)row.Unusualness)];

    public override void ToScores(Span<float> outputs) => columns.ToScores(outputs);

    private string Kind() => task switch
    {
        NetworkTask.Regression => ScoreAnnotations.Regression,
        NetworkTask.BinaryClassification => ScoreAnnotations.BinaryClassification,
        _ => ScoreAnnotations.MulticlassClassification,
    };
}
