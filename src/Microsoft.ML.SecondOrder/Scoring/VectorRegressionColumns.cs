using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>Score: the predicted numbers, each in the unit of its target, under the names of the label's slots.</summary>
internal sealed class VectorRegressionColumns(LabelOutput label) : ScoreColumns
{
    public override DataViewSchema.DetachedColumn[] Make(uint setId) =>
        [new(Score, label.VectorType!, Annotate(ScoreAnnotations.MultiOutputRegression, Score, setId, b => SlotNames.AddTo(b, label.SlotNames)))];

    public override Delegate[] Getters(ScoredRow row) =>
    [
        (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            var editor = VBufferEditor.Create(ref value, label.Scalings.Length);
            row.Outputs.CopyTo(editor.Values);
            ToScores(editor.Values);
            value = editor.Commit();
        }),
    ];

    public override void ToScores(Span<float> outputs)
    {
        for (var t = 0; t < outputs.Length; t++)
        {
            outputs[t] = label.Scalings[t].ToScore(outputs[t]);
        }
    }
}
