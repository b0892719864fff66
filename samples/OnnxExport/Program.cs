// A trained network for other programs: written as an ONNX model, run in ONNX Runtime, and compared with ML.NET's scores.
//   dotnet run --project samples/OnnxExport               writes into the temporary folder
//   dotnet run --project samples/OnnxExport -- model.onnx
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Networks;
using OnnxExport;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not ([] or [_]) || args is ["", ..] or ["-" or "--help" or "-h", ..])
{
    Console.Error.WriteLine("Usage: OnnxExport [model.onnx]");
    return 2;
}

var path = args is [var given] ? given : Path.Combine(Directory.CreateTempSubdirectory("onnx-").FullName, "late.onnx");
var context = new MLContext(seed: 1);
var split = context.Data.TrainTestSplit(context.Data.LoadFromEnumerable(Delivery.Generate(2000, seed: 1)), testFraction: 0.5, seed: 1);

// 1. Train: numbers and a key, each a column of its own.
var pipeline = context.Transforms.Conversion.MapValueToKey("Kind", nameof(Delivery.Vehicle))
    .Append(context.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
    {
        FeatureColumnName = nameof(Delivery.Numbers),
        MoreFeatureColumnNames = ["Kind"],
        Network = Network.Joined(32, 32),
        MaximumNumberOfEpochs = 15,
    }));
var model = pipeline.Fit(split.TrainSet);
var scored = model.Transform(split.TestSet);
var metrics = context.BinaryClassification.Evaluate(scored);
Console.WriteLine($"accuracy {metrics.Accuracy:F3}");

// 2. Export: the network with the scaling of its features. Transforms before it are the other program's business.
using (var file = File.Create(path))
{
    context.SecondOrder().ConvertToOnnx(model.LastTransformer, file);
}

// 3. Run it in ONNX Runtime: an input for each column, of any number of rows.
var rows = context.Data.CreateEnumerable<ScoredDelivery>(scored, reuseRowObject: false).ToList();
using var session = new InferenceSession(path);
foreach (var (name, shape) in session.InputMetadata.Concat(session.OutputMetadata).Select(m => (m.Key, m.Value.Dimensions)))
{
    Console.WriteLine($"{name} [{string.Join(", ", shape.Select(d => d < 0 ? "rows" : $"{d}"))}]");
}

using var results = session.Run(
[
    NamedOnnxValue.CreateFromTensor(nameof(Delivery.Numbers), new DenseTensor<float>(rows.SelectMany(r => r.Numbers).ToArray(), [rows.Count, 3])),
    NamedOnnxValue.CreateFromTensor("Kind", new DenseTensor<float>(rows.Select(r => (float)r.Kind).ToArray(), [rows.Count, 1])),
]);
var probabilities = results.First(r => r.Name == "Probability").AsTensor<float>();
var labels = results.First(r => r.Name == "PredictedLabel").AsTensor<long>();

// 4. Compare.
var difference = rows.Select((r, i) => Math.Abs(r.Probability - probabilities[i, 0])).Max();
var agreed = rows.Where((r, i) => r.PredictedLabel == (labels[i, 0] == 1)).Count();
Console.WriteLine($"largest difference of a probability {difference:E1}; the same answer for {agreed} of {rows.Count} rows");
Console.WriteLine($"model: {Path.GetFullPath(path)}");
return 0;
