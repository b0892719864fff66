namespace Microsoft.ML.Data;

/// <summary>Computes Score and, where they are among the columns, PredictedLabel and Probability.</summary>
internal sealed class ScalarMapping(IScalarModel model, DataViewSchema input, DataViewSchema.Column features,
    IReadOnlyList<DataViewSchema.DetachedColumn> columns, float threshold = 0, bool thresholdIsProbability = false) : RowToRowMapping(input, columns)
{
    protected override IEnumerable<int> DependenciesOf(int added) => [features.Index];

    protected override Delegate MakeGetter(DataViewRow input, int added) => throw new NotSupportedException();

    /// <summary>The getters share one score per row.</summary>
    protected override Delegate[] MakeGetters(DataViewRow input, Func<int, bool> isActive)
    {
        var getFeatures = input.GetGetter<VBuffer<float>>(features);
        VBuffer<float> values = default;
        long position = -1;
        float score = 0;

        float Score()
        {
            if (position != input.Position)
            {
                getFeatures(ref values);
                score = model.Score(in values);
                position = input.Position;
            }

            return score;
        }

        float Probability() => ((ICalibratedModel)model).Calibrator.PredictProbability(Score());

        Delegate Getter(string column) => column switch
        {
            DefaultColumnNames.Score => (ValueGetter<float>)((ref float value) => value = Score()),
            DefaultColumnNames.Probability => (ValueGetter<float>)((ref float value) => value = Probability()),
            _ => (ValueGetter<bool>)((ref bool value) => value = (thresholdIsProbability ? Probability() : Score()) > threshold),
        };

        return [.. columns.Select((column, i) => isActive(i) ? Getter(column.Name) : null)];
    }
}
