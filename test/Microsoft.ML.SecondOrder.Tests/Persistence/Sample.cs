using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Persistence;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Persistence;

/// <summary>Small networks with made-up weights.</summary>
internal static class Sample
{
    public static FittedNetwork Multiclass(ClassKeys? keys, int classes = 3) =>
        Make(NetworkTask.MulticlassClassification, Network.Mlp(2) with { Activation = Activation.Gelu }, classes, new LabelOutput("Label", [TargetScaling.None]) { Keys = keys });

    public static FittedNetwork Regression(params int[] widths) =>
        Make(NetworkTask.Regression, Network.Mlp(widths), 1, new LabelOutput("Label", [new TargetScaling(12.5, 0.1)]));

    public static FittedNetwork Targets(params string[] names) => Make(NetworkTask.Regression, Network.Mlp(3), 4, new LabelOutput(
        "Label", [new(1, 2), new(-3, 0.5), new(0, 1), new(1e6, 1e-6)])
    {
        VectorType = new VectorDataViewType(NumberDataViewType.Single, 2, 2),
        SlotNames = [.. names],
    });

    /// <summary>With all that says how sure it is.</summary>
    public static FittedNetwork Certain(NetworkTask task)
    {
        var isClasses = task != NetworkTask.Regression;
        return Make(task, Network.Mlp(2), isClasses ? 3 : 1, new LabelOutput("Label", [TargetScaling.None]), new Uncertainty(
        [
            .. isClasses ? [] : new[] { Layer(7, 2) },
            Layer(3, isClasses ? 3 : 1),
        ])
        {
            Interval = isClasses ? null : new IntervalScale(0.9, 0.5, 1.25, SeparatesNoise: true),
            PredictiveLayers = isClasses ? UncertainLayers.Last : UncertainLayers.All,
            Predictive = isClasses ? ClassPredictive.Probit : ClassPredictive.PlugIn,
            UsualVariance = 0.5,
        });
    }

    public static ClassKeys Names(params string[] names) => new ClassKeys<ReadOnlyMemory<char>>(TextDataViewType.Instance, [.. names.Select(n => n.AsMemory())]);

    public static byte[] Bytes(FittedNetwork network)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
        {
            NetworkFile.Write(network, writer);
        }

        return stream.ToArray();
    }

    public static FittedNetwork Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return NetworkFile.Read(reader);
    }

    private static LayerUncertainty Layer(int inputs, int outputs)
    {
        float[] Numbers(int count) => [.. Enumerable.Range(1, count).Select(i => 1f / i)];
        return new LayerUncertainty(inputs, outputs, Numbers(outputs * outputs), Numbers(inputs * inputs), Numbers(outputs * inputs));
    }

    private static FittedNetwork Make(NetworkTask task, Network network, int outputs, LabelOutput label, Uncertainty? uncertainty = null)
    {
        var segment = InputSegment.Numbers("Größe\uD800", 6);
        var shape = new NetworkShape(6, outputs) { Segments = [segment] };
        var random = new Random(1);
        return new FittedNetwork(
            new FeatureInput(
                [new FeatureColumn(segment.Name, new VectorDataViewType(NumberDataViewType.Single, 2, 3), segment)],
                new FeatureScaling([0.1, 1e300, -3, 0, 5, 6], [1, 1e-300, 0, 1, 2, 3], 3)),
            label)
        {
            Task = task,
            Network = network,
            Shape = shape,
            Weights =
            [
                .. network.ParameterShapes(shape).Select(p => new NamedWeights(
                    p.Name, [.. p.Shape], [.. Enumerable.Range(0, (int)p.Shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)random.NextDouble() - 0.5f)])),
            ],
            Temperature = uncertainty is null ? 1 : 1.5,
            Uncertainty = uncertainty,
            InputRelevances = uncertainty is null ? [] : [.. Enumerable.Range(1, 6).Select(i => new InputRelevance($"column {i}", 1.0 / i))],
            Summary = new TrainingSummary
            {
                Rows = 5_000_000_000,
                SkippedRows = 7,
                Epochs = 12,
                Steps = 3456,
                BatchSize = 64,
                LearningRate = 0.5,
                WeightDecay = 0.003,
                TrainingLoss = 0.25,
                Optimizer = "made up\nin two lines",
                Augmentation = uncertainty is null ? null : new ImageAugmentation { Shift = 0.5, Rotation = 30, Crop = 0.1, Flip = true, IsLearned = true },
            },
        };
    }
}
