using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Scoring;

/// <summary>Networks as if they had been trained.</summary>
internal static class Fitted
{
    public static FittedNetwork Of(NetworkTask task, Network kind, NetworkShape shape, nn.Module network, Uncertainty? uncertainty = null) => new(
        new FeatureInput(
            [new FeatureColumn("Features", new VectorDataViewType(NumberDataViewType.Single, shape.Inputs), InputSegment.Numbers("Features", shape.Inputs))],
            new FeatureScaling([.. new double[shape.Inputs]], [.. Enumerable.Repeat(1.0, shape.Inputs)])),
        new LabelOutput("Label", [TargetScaling.None]))
    {
        Task = task,
        Network = kind,
        Shape = shape,
        Weights = ModuleWeights.Read(network),
        Uncertainty = uncertainty,
        Summary = new TrainingSummary
        {
            Rows = 1, SkippedRows = 0, Epochs = 1, Steps = 1, BatchSize = 1, LearningRate = 1, WeightDecay = 0, TrainingLoss = 0, Optimizer = "",
        },
    };
}
