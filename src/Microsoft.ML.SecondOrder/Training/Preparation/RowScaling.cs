using System.Collections.Immutable;

namespace Microsoft.ML.SecondOrder.Training;

/// <summary>What happens to a row on its way into the network.</summary>
/// <param name="Features">From features to inputs.</param>
/// <param name="Targets">From label to target, one a number of the label.</param>
/// <param name="ClassFactors">What the weight of a row of each class is multiplied by; empty for nothing.</param>
internal sealed record RowScaling(FeatureScaling Features, ImmutableArray<TargetScaling> Targets, ImmutableArray<float> ClassFactors)
{
    /// <summary>Scales one row; returns its weight.</summary>
    /// <param name="features">[d]</param>
    /// <param name="label">[T]</param>
    /// <param name="weight">Its example weight.</param>
    /// <param name="inputs">[I], overwritten; may begin in the memory of the features.</param>
    /// <param name="targets">[T], overwritten; may be the memory of the label.</param>
    public float Apply(ReadOnlySpan<float> features, ReadOnlySpan<float> label, float weight, Span<float> inputs, Span<float> targets)
    {
        if (!ClassFactors.IsEmpty)
        {
            weight *= ClassFactors[(int)label[0]];
        }

        Features.Apply(features, inputs);
        for (var t = 0; t < targets.Length; t++)
        {
            targets[t] = Targets[t].ToTarget(label[t]);
        }

        return weight;
    }

    /// <summary>Scales rows: in their own memory where the inputs are as many as the features.</summary>
    public TrainingRows Apply(TrainingRows rows)
    {
        var inputs = Features.Inputs == Features.Features ? rows.Features : new FloatRows(Features.Inputs);
        var weights = ClassFactors.IsEmpty ? rows.Weights : new float[rows.Count];
        for (var r = 0; r < rows.Count; r++)
        {
            var to = inputs == rows.Features ? rows.Features[r] : inputs.Add();
            var weight = Apply(rows.Features[r], rows.Label(r), rows.Weights.Length == 0 ? 1 : rows.Weights[r], to, rows.Label(r));
            if (weights.Length > 0)
            {
                weights[r] = weight;
            }
        }

        return rows with { Features = inputs, Weights = weights };
    }
}
