using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>PredictedLabel; Score: the log-odds of true; Probability: of true.</summary>
internal sealed class BinaryColumns : ScoreColumns
{
    public override DataViewSchema.DetachedColumn[] Make(uint setId)
    {
        const string Kind = ScoreAnnotations.BinaryClassification;
        return
        [
            new(PredictedLabel, BooleanDataViewType.Instance, Annotate(Kind, PredictedLabel, setId)),
            new(Score, NumberDataViewType.Single, Annotate(Kind, Score, setId)),
            new(Probability, NumberDataViewType.Single, Annotate(
                Kind, Probability, setId, b => b.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true))),
        ];
    }

    public override Delegate[] Getters(ScoredRow row) =>
    [
        (ValueGetter<bool>)((ref bool value) => value = row.Outputs[0] > 0),
        (ValueGetter<float>)((ref float value) => value = row.Outputs[0]),
        (ValueGetter<float>)((ref float value) => value = Sigmoid(row.Outputs[0])),
    ];

    /// <summary>σ(f) = 1 / (1 + e^(−f)).</summary>
    private static float Sigmoid(float f) => (float)(1 / (1 + Math.Exp(-f)));
}
