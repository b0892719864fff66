using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.SecondOrder.Tests.MlNet.Outside;

/// <summary>Class means; the nearer a row is to one, the higher its score.</summary>
internal sealed class CentroidModel(float[][] means)
{
    public int Classes => means.Length;

    public float[] Scores(float[] features)
    {
        var scores = means.Select(mean => MathF.Exp(-mean.Zip(features, (m, x) => (m - x) * (m - x)).Sum())).ToArray();
        var sum = scores.Sum();
        return sum > 0 ? [.. scores.Select(s => s / sum)] : [.. scores.Select(_ => 1f / Classes)];
    }
}

/// <summary>A multiclass trainer written with ML.NET's public types only: the nearest class mean.</summary>
internal sealed class CentroidTrainer(IHostEnvironment env, string label = "Label", string features = "Features")
    : ITrainerEstimator<OutsideTransformer<CentroidModel>, CentroidModel>
{
    private readonly IHost _host = env.Register(nameof(CentroidTrainer));

    // TrainerInfo has no public constructor.
    public TrainerInfo Info { get; } = new MLContext().MulticlassClassification.Trainers.LbfgsMaximumEntropy().Info;

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var builder = new DataViewSchema.Builder();
        var annotations = new DataViewSchema.Annotations.Builder();
        if (inputSchema.Named(label).Annotations.Any(a => a.Name == "KeyValues" && a.ItemType is TextDataViewType))
            annotations.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, 1), (ref VBuffer<ReadOnlyMemory<char>> value) => value = default);
        builder.AddColumn("label", new KeyDataViewType(typeof(uint), 1), annotations.ToAnnotations());
        var prototype = ScoreColumns.Multiclass(builder.ToSchema()[0], 2);

        var added = new DataViewSchema.Builder();
        added.AddColumns(prototype);
        return inputSchema.With(Shapes.Of(added.ToSchema()));
    }

    public OutsideTransformer<CentroidModel> Fit(IDataView input)
    {
        using var channel = _host.Start("Training");
        var (labels, inputs) = (input.Schema[label], input.Schema[features]);
        var classes = checked((int)((KeyDataViewType)labels.Type).Count);
        var sums = new float[classes][];
        for (var c = 0; c < classes; c++) sums[c] = new float[((VectorDataViewType)inputs.Type).Size];
        var counts = new int[classes];

        using (var cursor = input.GetRowCursor([labels, inputs]))
        {
            var (labelGetter, inputGetter) = (cursor.GetGetter<uint>(labels), cursor.GetGetter<VBuffer<float>>(inputs));
            var (key, buffer) = (0u, default(VBuffer<float>));
            while (cursor.MoveNext())
            {
                labelGetter(ref key);
                if (key == 0) continue;
                inputGetter(ref buffer);
                counts[key - 1]++;
                foreach (var (slot, value) in buffer.Items()) sums[key - 1][slot] += value;
            }
        }
        var model = new CentroidModel([.. sums.Select((sum, c) => sum.Select(s => s / counts[c]).ToArray())]);
        channel.Info(MessageSensitivity.None, "{0} classes, {1} rows", classes, counts.Sum());
        return new(features, inputs.Type, model, ScoreColumns.Multiclass(labels, classes), rowFeatures => Getters(model, rowFeatures));
    }

    private static Delegate[] Getters(CentroidModel model, Func<float[]> features) =>
    [
        (ValueGetter<uint>)((ref uint value) =>
        {
            var scores = model.Scores(features());
            value = (uint)Array.IndexOf(scores, scores.Max()) + 1;
        }),
        (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            var editor = VBufferEditor.Create(ref value, model.Classes);
            model.Scores(features()).CopyTo(editor.Values);
            value = editor.Commit();
        }),
    ];
}
