// Which species is this flower? The smallest of all tables: 150 rows, cross-validated.
//   dotnet run --project samples/Iris                      generated flowers
//   dotnet run --project samples/Iris -- --data iris.txt   the file of ML.NET's tutorial: species, then four lengths, separated by tabs
using System.Globalization;
using Iris;
using Microsoft.ML;
using Microsoft.ML.Data;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [] and not ["--data", _])
{
    Console.Error.WriteLine("Usage: Iris [--data iris.txt]");
    return 2;
}

if (args is [_, var path] && !File.Exists(path))
{
    Console.Error.WriteLine($"There is no file '{path}'. Pass the path of iris.txt after --data.");
    return 1;
}

var context = new MLContext(seed: 1);

// 1. Data.
var rows = args is [_, var file]
    ? context.Data.LoadFromTextFile<Flower>(file, hasHeader: true)
    : context.Data.LoadFromEnumerable(FlowerGenerator.Generate(150, seed: 1));

// 2. Build. 30 epochs are enough for 150 flowers; without a number the trainer would choose 75.
var pipeline = context.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species))
    .Append(context.Transforms.Concatenate("Features", nameof(Flower.SepalLength), nameof(Flower.SepalWidth), nameof(Flower.PetalLength), nameof(Flower.PetalWidth)))
    .Append(context.MulticlassClassification.Trainers.NeuralNetwork(maximumNumberOfEpochs: 30));

// 3. Evaluate: so few rows are all needed for training, so every fifth in turn is kept for testing.
var folds = context.MulticlassClassification.CrossValidate(rows, pipeline, numberOfFolds: 5);
Console.WriteLine($"Accuracy of five folds: {string.Join(", ", folds.Select(f => $"{f.Metrics.MicroAccuracy:F3}"))}; mean {folds.Average(f => f.Metrics.MicroAccuracy):F3}");

// 4. Train on all and consume.
var model = pipeline.Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(rows);
using var engine = context.Model.CreatePredictionEngine<Flower, FlowerPrediction>(model);
foreach (var flower in new[]
{
    new Flower { SepalLength = 5.1f, SepalWidth = 3.5f, PetalLength = 1.4f, PetalWidth = 0.2f },
    new Flower { SepalLength = 6.6f, SepalWidth = 3.0f, PetalLength = 5.6f, PetalWidth = 2.1f },
})
{
    var prediction = engine.Predict(flower);
    Console.WriteLine($"Petals of {flower.PetalLength} by {flower.PetalWidth} cm: {prediction.PredictedLabel}, with probability {prediction.Score.Max():F3}");
}

return 0;
