// Which digit is this? One of ten classes from 64 pixels, with the options of the trainer.
//   dotnet run --project samples/OptDigits                                                      generated digits
//   dotnet run --project samples/OptDigits -- --data optdigits-train.csv optdigits-test.csv    the files of the UCI data set
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using OptDigits;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [] and not ["--data", _, _])
{
    Console.Error.WriteLine("Usage: OptDigits [--data optdigits-train.csv optdigits-test.csv]");
    return 2;
}

if (args.Skip(1).FirstOrDefault(f => !File.Exists(f)) is { } missing)
{
    Console.Error.WriteLine($"There is no file '{missing}'. Pass the paths of the training and of the test file after --data.");
    return 1;
}

var context = new MLContext(seed: 1);

// 1. Data.
IDataView Rows(int file, int count) => args.Length > 0
    ? context.Data.LoadFromTextFile<Digit>(args[file], separatorChar: ',')
    : context.Data.LoadFromEnumerable(DigitGenerator.Generate(count, seed: file));
var (train, test) = (Rows(1, 1200), Rows(2, 500));

// 2. Two networks: with what the trainer chooses by itself, and with choices of ours.
var label = context.Transforms.Conversion.MapValueToKey("Label", nameof(Digit.Number));
var chosen = context.MulticlassClassification.Trainers.NeuralNetwork(featureColumnName: nameof(Digit.Pixels));
var ours = context.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
{
    FeatureColumnName = nameof(Digit.Pixels),
    Network = Network.Mlp(64),
    Optimizer = new SingdOptions { Inputs = MatrixPattern.Hierarchical(15, 15), Outputs = MatrixPattern.Dense, FactorRate = 0.1, ScaledStart = true, NormalizeFactorStep = true },
});
foreach (var (name, trainer) in new (string, IEstimator<ITransformer>)[] { ("defaults", chosen), ("one layer, SINGD", ours) })
{
    var model = label.Append(trainer).Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(train);

    // 3. Evaluate.
    var metrics = context.MulticlassClassification.Evaluate(model.Transform(test));
    Console.WriteLine($"{name,-18} accuracy {metrics.MicroAccuracy:F4}, log-loss {metrics.LogLoss:F4}");

    // 4. Consume: the least sure of the first test rows.
    using var engine = context.Model.CreatePredictionEngine<Digit, DigitPrediction>(model);
    var unsure = context.Data.CreateEnumerable<Digit>(context.Data.TakeRows(test, 50), reuseRowObject: false)
        .Select(d => (Digit: d, Prediction: engine.Predict(d)))
        .MinBy(p => p.Prediction.Score.Max());
    Console.WriteLine($"{"",-18} least sure: a {unsure.Digit.Number}, taken for a {unsure.Prediction.PredictedLabel} with probability {unsure.Prediction.Score.Max():F2}");
}

return 0;
