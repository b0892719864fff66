using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Scoring;

/// <summary>Transformers that hand their features through: outputs = features.</summary>
internal static class Linear
{
    public static NeuralNetworkPredictionTransformer Identity(NetworkTask task, int size, TargetScaling? scaling = null, ClassKeys? keys = null)
    {
        var eye = new float[size * size];
        for (var i = 0; i < size; i++)
        {
            eye[i * size + i] = 1;
        }

        return new NeuralNetworkPredictionTransformer(new FittedNetwork(
            new FeatureInput(
                [new FeatureColumn("Features", new VectorDataViewType(NumberDataViewType.Single, size), InputSegment.Numbers("Features", size))],
                new FeatureScaling([.. new double[size]], [.. Enumerable.Repeat(1.0, size)])),
            new LabelOutput("Label", [scaling ?? TargetScaling.None]) { Keys = keys })
        {
            Task = task,
            Network = Network.Mlp(),
            Shape = new NetworkShape(size, size),
            Weights = [new NamedWeights("output.weight", [size, size], eye), new NamedWeights("output.bias", [size], new float[size])],
            Summary = new TrainingSummary
            {
                Rows = 1,
                SkippedRows = 0,
                Epochs = 1,
                Steps = 1,
                BatchSize = 1,
                LearningRate = 1,
                WeightDecay = 0,
                TrainingLoss = 0,
                Optimizer = "",
            },
        });
    }

    /// <summary>Rows with these features.</summary>
    public static IDataView View(MLContext ml, params float[][] rows)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Length);
        return ml.Data.LoadFromEnumerable(rows.Select(r => new Row { Features = r }), schema);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
