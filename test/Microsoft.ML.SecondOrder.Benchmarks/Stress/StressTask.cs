using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Scoring;

namespace Microsoft.ML.SecondOrder.Benchmarks.Stress;

/// <summary>One of the three trainers, the same way.</summary>
public sealed record StressTask(string Name, string Label)
{
    /// <summary>Regression, two classes, several classes.</summary>
    public static IReadOnlyList<StressTask> All { get; } = [new("regression", "Number"), new("binary", "Flag"), new("multiclass", "Kind")];

    /// <summary>Fits with options.</summary>
    public NeuralNetworkPredictionTransformer Fit(MLContext ml, IDataView data, Action<NeuralNetworkTrainerOptions> change)
    {
        switch (Name)
        {
            case "regression":
                var regression = new NeuralNetworkRegressionTrainer.Options { LabelColumnName = Label };
                change(regression);
                return ml.Regression.Trainers.NeuralNetwork(regression).Fit(data);
            case "binary":
                var binary = new NeuralNetworkBinaryTrainer.Options { LabelColumnName = Label };
                change(binary);
                return ml.BinaryClassification.Trainers.NeuralNetwork(binary).Fit(data);
            default:
                var multiclass = new NeuralNetworkMulticlassTrainer.Options { LabelColumnName = Label };
                change(multiclass);
                return ml.MulticlassClassification.Trainers.NeuralNetwork(multiclass).Fit(data);
        }
    }

    /// <summary>Whether weights and the scores of some whole rows are finite.</summary>
    public static bool IsUsable(MLContext ml, NeuralNetworkPredictionTransformer model)
    {
        var scored = model.Transform(ml.Data.LoadFromEnumerable(StressRow.List(20, seed: 99)));
        var scores = scored.Schema["Score"].Type is VectorDataViewType
            ? scored.GetColumn<float[]>("Score").SelectMany(s => s)
            : scored.GetColumn<float>("Score");
        return model.Model.Weights.All(w => w.Values.All(float.IsFinite)) && scores.All(float.IsFinite);
    }

    /// <summary>A number that tells of every bit of the weights.</summary>
    public static string Hash(NeuralNetworkPredictionTransformer model) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
        [.. model.Model.Weights.SelectMany(w => w.Values).SelectMany(BitConverter.GetBytes)]))[..16];
}
