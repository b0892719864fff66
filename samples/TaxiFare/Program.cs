// How much will this taxi ride cost? A number from numbers and categories.
//   dotnet run --project samples/TaxiFare                                 generated trips
//   dotnet run --project samples/TaxiFare -- --data taxi-fare-train.csv   the file of ML.NET's tutorial
//   dotnet run --project samples/TaxiFare -- --save taxi-fare.zip         saves the model for samples/WebApi
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using TaxiFare;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length % 2 != 0 || args.Where((_, i) => i % 2 == 0).Any(a => a is not ("--data" or "--save")))
{
    Console.Error.WriteLine("Usage: TaxiFare [--data taxi-fare-train.csv] [--save MODEL]");
    return 2;
}

string? Option(string name) => args.SkipWhile(a => a != name).Skip(1).FirstOrDefault();
if (Option("--data") is { } path && !File.Exists(path))
{
    Console.Error.WriteLine($"There is no file '{path}'. Pass the path of taxi-fare-train.csv after --data.");
    return 1;
}

var context = new MLContext(seed: 1);

// 1. Data.
var rows = Option("--data") is { } file
    ? context.Data.LoadFromTextFile<Trip>(file, separatorChar: ',', hasHeader: true)
    : context.Data.LoadFromEnumerable(TripGenerator.Generate(3000, seed: 1));
var split = context.Data.TrainTestSplit(rows, testFraction: 0.2, seed: 1);

// 2. Build and train. Nothing of the network needs a choice.
var pipeline = context.Transforms.Categorical
    .OneHotEncoding([new(nameof(Trip.VendorId)), new(nameof(Trip.RateCode)), new(nameof(Trip.PaymentType))])
    .Append(context.Transforms.Concatenate(
        "Features", nameof(Trip.VendorId), nameof(Trip.RateCode), nameof(Trip.PaymentType), nameof(Trip.PassengerCount), nameof(Trip.TripTime), nameof(Trip.TripDistance)))
    .Append(context.Regression.Trainers.NeuralNetwork(labelColumnName: nameof(Trip.FareAmount)));
var model = pipeline.Fit(split.TrainSet);

// 3. Evaluate.
var metrics = context.Regression.Evaluate(model.Transform(split.TestSet), labelColumnName: nameof(Trip.FareAmount));
Console.WriteLine($"R² {metrics.RSquared:F3}, mean absolute error {metrics.MeanAbsoluteError:F2} dollars, root mean square {metrics.RootMeanSquaredError:F2} dollars");

// 4. Consume.
using var engine = context.Model.CreatePredictionEngine<Trip, FarePrediction>(model);
var trip = new Trip { VendorId = "VTS", RateCode = "1", PassengerCount = 1, TripTime = 1140, TripDistance = 3.75f, PaymentType = "CRD" };
Console.WriteLine($"3.75 miles in 19 minutes: {engine.Predict(trip).FareAmount:F2} dollars");

// 5. A report to open in a browser, and the model for other programs.
var report = Path.Combine(Path.GetTempPath(), $"taxi-fare-{Environment.ProcessId}.html");
context.SecondOrder().SaveReport(model, split.TestSet, report, "Taxi fares");
Console.WriteLine($"Report: {report}");
if (Option("--save") is { } target)
{
    // Written beside it and moved, so that a reader never sees half a file.
    context.Model.Save(model, rows.Schema, target + ".new");
    File.Move(target + ".new", target, overwrite: true);
    Console.WriteLine($"Model: {target}");
}

return 0;
