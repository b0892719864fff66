using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The complete rows of a training set, in memory: features, label and weight are finite, the weight above 0.</summary>
internal sealed class TrainingRows
{
    private readonly List<VBuffer<float>> _features = [];
    private readonly List<float> _labels = [];
    private readonly List<float> _weights = [];

    private TrainingRows(int featureCount) => FeatureCount = featureCount;

    public int FeatureCount { get; }

    public int Count => _labels.Count;

    /// <summary>How many rows were left out, for a value that is missing or not finite or a weight not above 0.</summary>
    public int Skipped { get; private set; }

    public double WeightSum { get; private set; }

    public IReadOnlyList<VBuffer<float>> Features => _features;

    public IReadOnlyList<float> Labels => _labels;

    public IReadOnlyList<float> Weights => _weights;

    public static TrainingRows Read(IHost host, IDataView data, string featureColumn, string labelColumn, string weightColumn)
    {
        var features = data.Schema[featureColumn];
        var label = data.Schema[labelColumn];
        DataViewSchema.Column? weight = weightColumn == null ? null : data.Schema[weightColumn];
        var rows = new TrainingRows(features.Type.GetValueCount());

        using var cursor = data.GetRowCursor(weight is { } w ? [features, label, w] : [features, label]);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(features);
        var getLabel = LabelGetter.Create(cursor, label);
        var getWeight = weight == null ? (ref float value) => value = 1 : cursor.GetGetter<float>(weight.Value);
        VBuffer<float> featureValues = default;
        float labelValue = 0, weightValue = 0;
        while (cursor.MoveNext())
        {
            host.CheckAlive();
            getLabel(ref labelValue);
            getFeatures(ref featureValues);
            getWeight(ref weightValue);
            rows.Add(in featureValues, labelValue, weightValue);
        }

        return rows;
    }

    private void Add(in VBuffer<float> features, float label, float weight)
    {
        if (!float.IsFinite(label) || !float.IsFinite(weight) || weight <= 0 || !AllFinite(features.GetValues()))
        {
            Skipped++;
            return;
        }

        VBuffer<float> copy = default;
        features.CopyTo(ref copy);
        _features.Add(copy);
        _labels.Add(label);
        _weights.Add(weight);
        WeightSum += weight;
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }
}
