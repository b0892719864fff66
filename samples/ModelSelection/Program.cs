// Which network suits these rows? Chosen from the training rows alone: by each row left out, which takes one training a candidate,
// and by ten folds, which takes ten.
//   dotnet run --project samples/ModelSelection                      generated hours
//   dotnet run --project samples/ModelSelection -- --data hour.csv   the file of the UCI data set
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Selection;
using ModelSelection;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [] and not ["--data", _])
{
    Console.Error.WriteLine("Usage: ModelSelection [--data hour.csv]");
    return 2;
}

if (args is [_, var path] && !File.Exists(path))
{
    Console.Error.WriteLine($"There is no file '{path}'. Pass the path of the data set's hour.csv after --data.");
    return 1;
}

var context = new MLContext(seed: 1);

// 1. Data: few rows to learn from, so that it matters what learns from them, and many to see who was right.
var rows = args is [_, var file]
    ? context.Data.ShuffleRows(context.Data.LoadFromTextFile<Hour>(file, separatorChar: ',', hasHeader: true), seed: 1)
    : context.Data.LoadFromEnumerable(HourGenerator.Generate(3000, seed: 1));
var train = context.Data.Cache(context.Data.TakeRows(rows, 400));
var test = context.Data.SkipRows(rows, 400);

// 2. Candidates: networks of three sizes, and columns more or fewer. Each is a whole pipeline.
var when = new[] { nameof(Hour.Month), nameof(Hour.TimeOfDay), nameof(Hour.WorkingDay) };
var weather = new[] { nameof(Hour.Weather), nameof(Hour.Temperature), nameof(Hour.Humidity), nameof(Hour.Wind) };
ModelCandidate Candidate(string name, Network network, params string[] columns) => new(name, context.Transforms.Concatenate("Features", columns)
    .Append(context.Regression.Trainers.NeuralNetwork(labelColumnName: nameof(Hour.Count), network: network)));
ModelCandidate[] candidates =
[
    Candidate("linear", Network.Mlp(), [.. when, .. weather]),
    Candidate("16 units", Network.Mlp(16), [.. when, .. weather]),
    Candidate("128, 128 units", Network.Mlp(128, 128), [.. when, .. weather]),
    Candidate("128, 128 units, without the weather", Network.Mlp(128, 128), when),
];

// 3. The same choice twice.
var (left, seconds) = Select(SelectionCriterion.Automatic);
var (folds, foldSeconds) = Select(SelectionCriterion.Folds);
Console.WriteLine(left.Leaderboard);
Console.WriteLine(folds.Leaderboard);

// 4. Who was right? Rows that nobody has seen tell.
Console.WriteLine($"{"chosen by",-24}{"candidate",-38}{"test error",10}{"seconds",10}");
Console.WriteLine($"{"each row left out",-24}{left.Leaderboard[0].Name,-38}{Error(left.Best),10:F1}{seconds,10:F1}");
Console.WriteLine($"{"ten folds",-24}{folds.Leaderboard[0].Name,-38}{Error(folds.Best),10:F1}{foldSeconds,10:F1}");

// 5. A page to open in a browser. The best model is an ordinary one.
var report = Path.Combine(Path.GetTempPath(), $"selection-{Environment.ProcessId}.html");
left.SaveReport(report, "Bikes in an hour");
Console.WriteLine($"Report: {report}");
return 0;

(SelectionResult Result, double Seconds) Select(SelectionCriterion criterion)
{
    var clock = Stopwatch.StartNew();
    var result = context.SecondOrder().SelectRegressionModel(
        train, labelColumnName: nameof(Hour.Count), candidates: candidates, criterion: criterion, options: new() { NumberOfFolds = 10 });
    return (result, clock.Elapsed.TotalSeconds);
}

double Error(ITransformer model) => context.Regression.Evaluate(model.Transform(test), labelColumnName: nameof(Hour.Count)).RootMeanSquaredError;
