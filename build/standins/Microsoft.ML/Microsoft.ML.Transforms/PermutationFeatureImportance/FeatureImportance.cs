using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>
/// How much the metrics of a model change when the values of one feature are dealt out anew among the rows
/// (Breiman, Random Forests, 2001, section 10).
/// </summary>
internal sealed class FeatureImportance<TMetric, TResult>(IHostEnvironment env, Func<TResult> newResult, Func<IDataView, TMetric> evaluate,
    Func<TMetric, TMetric, TMetric> subtract, bool useFeatureWeightFilter, int? numberOfExamplesToUse, int permutationCount)
    where TResult : IMetricsStatistics<TMetric>
{
    /// <summary>The changes by slot of the feature column.</summary>
    public ImmutableArray<TResult> Of<TModel>(ISingleFeaturePredictionTransformer<TModel> model, IDataView data) where TModel : class
        => Of(model, model.Model, model.FeatureColumnName, data);

    /// <summary>The changes by slot name, for the last transformer of the model that predicts.</summary>
    public ImmutableDictionary<string, TResult> Of(ITransformer model, IDataView data)
    {
        env.CheckValue(data, nameof(data));
        env.CheckValue(model, nameof(model));
        var predictor = (model is IEnumerable<ITransformer> chain ? chain : [model]).OfType<ISingleFeaturePredictionTransformer>().LastOrDefault()
            ?? throw new ArgumentNullException("lastTransformer", "The model provided does not have a compatible predictor");

        var changes = Of(predictor, (predictor as IPredictionTransformer<object>)?.Model, predictor.FeatureColumnName, data);
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema[predictor.FeatureColumnName].Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref names);
        var name = names.DenseValues().Select((text, i) => text.IsEmpty ? $"Slot {i}" : text.ToString()).ToList();
        return changes.Select((change, i) => KeyValuePair.Create(name[i], change)).ToImmutableDictionary();
    }

    private ImmutableArray<TResult> Of(ITransformer transformer, object model, string featureColumn, IDataView data)
    {
        var host = env.Register("PermutationFeatureImportance");
        host.CheckValue(data, nameof(data));
        host.Check(numberOfExamplesToUse is null or > 0, "Provide how many examples to use (positive number) or set to null to use whole dataset.");
        using var channel = host.Start("GetImportanceMetrics");
        var baseline = evaluate(transformer.Transform(data));
        var features = data.Schema[featureColumn];
        int[] slots = Slots(features, model);
        if (slots.Length == 0)
        {
            channel.Warning(MessageSensitivity.None, "All features have 0 weight thus can not do thorough evaluation");
            return [];
        }

        float[][] values = ReadColumns(data, features);
        if (values[0].Length == 0)
        {
            channel.Warning(MessageSensitivity.None, "Detected no examples for evaluation.");
            return [];
        }

        var random = RandomUtils.Create(host.Rand.Next());
        return [.. slots.Select(slot => Change(slot))];

        TResult Change(int slot)
        {
            var result = newResult();
            float[] shuffled = [.. values[slot]];
            for (int i = 0; i < permutationCount; i++)
            {
                host.CheckAlive();
                random.Shuffle(shuffled);
                result.Add(subtract(evaluate(transformer.Transform(new PermutedSlotView(data, features, slot, shuffled))), baseline));
            }

            return result;
        }
    }

    /// <summary>
    /// The slots to be tried. With the filter, ML.NET 5.0 tries all of them and then those with a weight once more;
    /// only if all weights are 0 does it leave any out.
    /// </summary>
    private int[] Slots(DataViewSchema.Column features, object model)
    {
        int[] all = [.. Enumerable.Range(0, features.Type.GetValueCount())];
        if (!useFeatureWeightFilter || model is not IHaveFeatureWeights { FeatureWeights: var weights })
            return all;
        int[] weighty = [.. all.Where(slot => weights[slot] != 0)];
        return weighty.Length == 0 ? [] : [.. all, .. weighty];
    }

    /// <summary>The values of each slot over the rows.</summary>
    private float[][] ReadColumns(IDataView data, DataViewSchema.Column features)
    {
        List<float>[] columns = [.. Enumerable.Range(0, features.Type.GetValueCount()).Select(_ => new List<float>())];
        using var cursor = data.GetRowCursor([features]);
        var getter = cursor.GetGetter<VBuffer<float>>(features);
        VBuffer<float> vector = default;
        while (columns[0].Count < (numberOfExamplesToUse ?? int.MaxValue) && cursor.MoveNext())
        {
            getter(ref vector);
            foreach (var (slot, value) in vector.Items(all: true))
                columns[slot].Add(value);
        }

        return [.. columns.Select(column => column.ToArray())];
    }
}
