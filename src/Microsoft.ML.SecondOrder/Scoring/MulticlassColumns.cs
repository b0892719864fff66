using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>PredictedLabel: the key of the most probable class; Score: the probabilities of all classes.</summary>
internal sealed class MulticlassColumns(int classes, ClassKeys? keys) : ScoreColumns
{
    public override DataViewSchema.DetachedColumn[] Make(uint setId)
    {
        const string Kind = ScoreAnnotations.MulticlassClassification;
        return
        [
            new(PredictedLabel, new KeyDataViewType(typeof(uint), classes), Annotate(
                Kind, PredictedLabel, setId, b => keys?.AddTo(b, ClassKeys.AnnotationKind))),
            new(Score, new VectorDataViewType(NumberDataViewType.Single, classes), Annotate(Kind, Score, setId, b =>
            {
                keys?.AddTo(b, "TrainingLabelValues");
                if (keys is { AreText: true })
                {
                    keys.AddTo(b, "SlotNames");
                }
            })),
        ];
    }

    public override Delegate[] Getters(ScoredRow row) =>
    [
        (ValueGetter<uint>)((ref uint value) => value = Largest(row.Outputs)),
        (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            var editor = VBufferEditor.Create(ref value, classes);
            row.Outputs.CopyTo(editor.Values);
            ToScores(editor.Values);
            value = editor.Commit();
        }),
    ];

    /// <summary>The key of the largest output, the first among equals; 0, a missing key, where all are NaN.</summary>
    private static uint Largest(ReadOnlySpan<float> outputs)
    {
        var key = 0u;
        var largest = float.NaN;
        for (var i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] > largest || (key == 0 && !float.IsNaN(outputs[i])))
            {
                (key, largest) = ((uint)i + 1, outputs[i]);
            }
        }

        return key;
    }

    /// <summary>pᵢ = e^(fᵢ − max f) / Σⱼ e^(fⱼ − max f).</summary>
    public override void ToScores(Span<float> outputs)
    {
        var largest = float.NegativeInfinity;
        foreach (var output in outputs)
        {
            largest = Math.Max(largest, output);
        }

        var sum = 0.0;
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = MathF.Exp(outputs[i] - largest);
            sum += outputs[i];
        }

        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = (float)(outputs[i] / sum);
        }
    }
}
