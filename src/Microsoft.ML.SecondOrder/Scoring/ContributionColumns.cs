using System.Collections.Immutable;
using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Scoring;

/// <summary>FeatureContributions: what each feature contributed to the score; for several targets, to each of them.</summary>
internal sealed class ContributionColumns : ScoreColumns
{
    private readonly RowScorer _scorer;
    private readonly ContributionSettings _settings;
    private readonly ImmutableArray<string> _featureNames;
    private readonly float[] _atStart;

    /// <param name="scorer">The network.</param>
    /// <param name="settings">What is kept.</param>
    /// <param name="featureNames">Names of the features' slots, or none.</param>
    public ContributionColumns(RowScorer scorer, ContributionSettings settings, ImmutableArray<string> featureNames)
    {
        (_scorer, _settings, _featureNames) = (scorer, settings, featureNames);
        _atStart = new float[Network.Shape.Outputs];
        scorer.Forward.Run(new float[Network.Shape.Inputs], _atStart);
    }

    private FittedNetwork Network => _scorer.Network;

    private int Features => Network.Features.Scaling.Features;

    /// <summary>How many numbers are explained: the targets of a vector, else one.</summary>
    private int Targets => Network.Label.VectorType?.Size ?? 1;

    public override DataViewSchema.DetachedColumn[] Make(uint setId)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        SlotNames.AddTo(builder, Names());
        var type = Network.Label.VectorType is null
            ? new VectorDataViewType(NumberDataViewType.Single, Features)
            : new VectorDataViewType(NumberDataViewType.Single, Targets, Features);
        return [new("FeatureContributions", type, builder.ToAnnotations())];
    }

    public override Delegate[] Getters(ScoredRow row)
    {
        var all = new double[Network.Shape.Inputs];
        return
        [
            (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                var editor = VBufferEditor.Create(ref value, Targets * Features);
                for (var t = 0; t < Targets; t++)
                {
                    Explain(row, t, all);
                    var contributions = OfFeatures(all);
                    Keep(contributions);
                    for (var i = 0; i < contributions.Length; i++)
                    {
                        editor.Values[t * Features + i] = (float)contributions[i];
                    }
                }

                value = editor.Commit();
            }),
        ];
    }

    /// <summary>Names of the features; for several targets, each with the name of the target ahead.</summary>
    private ImmutableArray<string> Names()
    {
        if (_featureNames.IsEmpty || Network.Label.VectorType is null)
        {
            return _featureNames;
        }

        var targets = Network.Label.SlotNames is { IsEmpty: false } names ? names : [.. Enumerable.Range(0, Targets).Select(t => t.ToString())];
        return [.. targets.SelectMany(t => _featureNames.Select(f => $"{t}: {f}"))];
    }

    private void Explain(ScoredRow row, int target, double[] contributions)
    {
        var outputs = row.Outputs;
        var gradient = _scorer.Gradient;
        if (Network.Task == NetworkTask.MulticlassClassification)
        {
            var winner = TensorPrimitives.IndexOfMax(outputs);
            var change = Share(outputs, winner) - Share(_atStart, winner);
            IntegratedGradients.Run(gradient, row.Inputs, (f, g) => ProbabilityGradient(f, winner, g), change, contributions);
            return;
        }

        var scale = Network.Task == NetworkTask.Regression ? Network.Label.Scalings[target].Scale : 1;
        IntegratedGradients.Run(
            gradient, row.Inputs,
            (_, g) =>
            {
                g.Clear();
                g[target] = (float)scale;
            },
            scale * ((double)outputs[target] - _atStart[target]), contributions);
    }

    /// <summary>What an input that says that a feature is missing contributes belongs to the feature.</summary>
    private Span<double> OfFeatures(double[] inputs)
    {
        for (var j = Features; j < inputs.Length; j++)
        {
            inputs[Network.Features.Scaling.Missing!.Indicators[j - Features]] += inputs[j];
        }

        return inputs.AsSpan(0, Features);
    }

    /// <summary>Sets all but the largest to 0, and scales, as asked.</summary>
    private void Keep(Span<double> contributions)
    {
        foreach (var (sign, count) in new[] { (1, _settings.Positive), (-1, _settings.Negative) })
        {
            var values = count < contributions.Length ? contributions.ToArray() : [];
            foreach (var i in Enumerable.Range(0, values.Length).Where(i => sign * values[i] > 0).OrderByDescending(i => sign * values[i]).Skip(count))
            {
                contributions[i] = 0;
            }
        }

        var largest = Math.Abs(TensorPrimitives.MaxMagnitude<double>(contributions));
        for (var i = 0; _settings.Normalize && largest > 0 && i < contributions.Length; i++)
        {
            contributions[i] /= largest;
        }
    }

    /// <summary>The probability of a class.</summary>
    private static double Share(ReadOnlySpan<float> outputs, int winner)
    {
        if (winner < 0)
        {
            return double.NaN;
        }

        var sum = 0.0;
        foreach (var f in outputs)
        {
            sum += Math.Exp((double)f - outputs[winner]);
        }

        return 1 / sum;
    }

    /// <summary>∂p_c/∂f_j = p_c (δ_cj − p_j).</summary>
    private static void ProbabilityGradient(ReadOnlySpan<float> outputs, int winner, Span<float> gradient)
    {
        var p = Share(outputs, winner);
        for (var j = 0; j < outputs.Length; j++)
        {
            gradient[j] = (float)(p * ((j == winner ? 1 : 0) - Share(outputs, j)));
        }
    }
}
