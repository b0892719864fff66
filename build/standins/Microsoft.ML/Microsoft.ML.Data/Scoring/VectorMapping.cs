namespace Microsoft.ML.Data;

/// <summary>Computes PredictedLabel and Score, in this order.</summary>
internal sealed class VectorMapping(IVectorModel model, DataViewSchema input, DataViewSchema.Column features,
    IReadOnlyList<DataViewSchema.DetachedColumn> columns) : RowToRowMapping(input, columns)
{
    protected override IEnumerable<int> DependenciesOf(int added) => [features.Index];

    protected override Delegate MakeGetter(DataViewRow input, int added) => throw new NotSupportedException();

    /// <summary>The getters share the scores of a row.</summary>
    protected override Delegate[] MakeGetters(DataViewRow input, Func<int, bool> isActive)
    {
        var getFeatures = input.GetGetter<VBuffer<float>>(features);
        VBuffer<float> values = default;
        long position = -1;
        var scores = new float[model.ScoreCount];

        float[] Scores()
        {
            if (position != input.Position)
            {
                getFeatures(ref values);
                model.Score(in values, scores);
                position = input.Position;
            }

            return scores;
        }

        ValueGetter<uint> predictedLabel = (ref uint value) => value = ArgMax(Scores());
        ValueGetter<VBuffer<float>> score = (ref VBuffer<float> value) => VBuffer<float>.Copy(Scores(), 0, ref value, scores.Length);
        return [isActive(0) ? predictedLabel : null, isActive(1) ? score : null];
    }

    /// <summary>The key of the highest score, of the first one if several are equal; 0 if all are NaN.</summary>
    private static uint ArgMax(float[] scores)
    {
        uint best = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            if (!float.IsNaN(scores[c]) && (best == 0 || scores[c] > scores[best - 1]))
                best = (uint)c + 1;
        }

        return best;
    }
}
