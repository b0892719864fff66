// How many bikes will be rented in an hour, by subscribers and by others? Two numbers from one network.
//   dotnet run --project samples/BikeSharing                      generated hours
//   dotnet run --project samples/BikeSharing -- --data hour.csv   the file of the UCI data set
using System.Globalization;
using BikeSharing;
using Microsoft.ML;
using Microsoft.ML.Data;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [] and not ["--data", _])
{
    Console.Error.WriteLine("Usage: BikeSharing [--data hour.csv]");
    return 2;
}

if (args is [_, var path] && !File.Exists(path))
{
    Console.Error.WriteLine($"There is no file '{path}'. Pass the path of the data set's hour.csv after --data.");
    return 1;
}

var context = new MLContext(seed: 1);

// 1. Data.
var rows = args is [_, var file]
    ? context.Data.LoadFromTextFile<Hour>(file, separatorChar: ',', hasHeader: true)
    : context.Data.LoadFromEnumerable(HourGenerator.Generate(4000, seed: 1));
var split = context.Data.TrainTestSplit(rows, testFraction: 0.2, seed: 1);

// 2. Build and train. The label is a vector; its names come along.
var pipeline = context.Transforms.Concatenate("Label", nameof(Hour.Casual), nameof(Hour.Registered))
    .Append(context.Transforms.Categorical.OneHotEncoding([new(nameof(Hour.TimeOfDay)), new(nameof(Hour.Weekday))]))
    .Append(context.Transforms.Concatenate(
        "Features", nameof(Hour.TimeOfDay), nameof(Hour.Weekday), nameof(Hour.Season), nameof(Hour.Year), nameof(Hour.Month), nameof(Hour.Holiday),
        nameof(Hour.WorkingDay), nameof(Hour.Weather), nameof(Hour.Temperature), nameof(Hour.Humidity), nameof(Hour.Wind)))
    .Append(context.Regression.Trainers.NeuralNetwork());
var model = pipeline.Fit(split.TrainSet);

// 3. Evaluate, target by target.
var metrics = context.SecondOrder().EvaluateMultiOutputRegression(model.Transform(split.TestSet));
foreach (var target in metrics.Targets)
{
    Console.WriteLine($"{target.Name,-12} R² {target.RSquared:F3}, mean absolute error {target.MeanAbsoluteError:F1}, root mean square {target.RootMeanSquaredError:F1} rides an hour");
}

// 4. Consume.
using var engine = context.Model.CreatePredictionEngine<Hour, Rides>(model);
foreach (var (when, weekday, hour) in new[] { ("Tuesday, 8:00", "2", "8"), ("Sunday, 15:00", "0", "15") })
{
    var rides = engine.Predict(new Hour
    {
        Season = 3, Year = 1, Month = 7, TimeOfDay = hour, Weekday = weekday, WorkingDay = weekday == "0" ? 0 : 1, Weather = 1, Temperature = 0.8f, Humidity = 0.5f, Wind = 0.2f,
    });
    Console.WriteLine($"{when} in July: {rides.Score[0]:F0} casual, {rides.Score[1]:F0} registered");
}

return 0;
