// A neural network in an ML.NET pipeline, from rows to a saved model that any process can load.
//   dotnet run --project samples/QuickStart                                 generated deliveries
//   dotnet run --project samples/QuickStart -- --data taxi-fare-train.csv   a real file
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using QuickStart;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is not [] and not ["--data", _])
{
    Console.Error.WriteLine("Usage: QuickStart [--data taxi-fare-train.csv]");
    return 2;
}

var ml = new MLContext(seed: 1);
ml.Log += (_, e) =>
{
    if (e.Kind == ChannelMessageKind.Info && e.Source.StartsWith("NeuralNetwork", StringComparison.Ordinal))
    {
        Console.WriteLine($"  {e.RawMessage}");
    }
};

Table table;
try
{
    table = args.Length == 0 ? Table.Deliveries(ml) : Table.TaxiFares(ml, args[1]);
}
catch (Exception e) when (e is FileNotFoundException or FormatException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

var split = ml.Data.TrainTestSplit(table.Rows, testFraction: 0.2, seed: 1);
var features = ml.Transforms.Categorical
    .OneHotEncoding([.. table.Categories.Select(c => new InputOutputColumnPair(c))])
    .Append(ml.Transforms.Concatenate("Features", [.. table.Categories, .. table.Numbers]))
    .AppendCacheCheckpoint(ml);

Console.WriteLine($"{table.Name}: training a neural network");
var clock = Stopwatch.StartNew();
var model = features.Append(ml.Regression.Trainers.NeuralNetwork()).Fit(split.TrainSet);
var seconds = clock.Elapsed.TotalSeconds;

// The yardstick: ML.NET's linear trainer on the same rows.
var linear = features
    .Append(ml.Transforms.NormalizeMinMax("Features"))
    .Append(ml.Regression.Trainers.Sdca())
    .Fit(split.TrainSet);

Console.WriteLine();
Console.WriteLine($"{"On the test rows",-24}{"R²",10}{"mean absolute error",24}{"root mean square",20}");
Print("neural network", model);
Print("linear (SDCA)", linear);
Console.WriteLine($"The network was trained in {seconds:F1} s.");

// Saved, and loaded without a word about where the model came from: another process can do the same.
var file = Path.Combine(Path.GetTempPath(), "quickstart-" + Environment.ProcessId + ".zip");
try
{
    ml.Model.Save(model, table.Rows.Schema, file);
    var loaded = new MLContext().Model.Load(file, out _);
    var first = ml.Data.TakeRows(split.TestSet, 3);
    var expected = Scores(model.Transform(first));
    var actual = Scores(loaded.Transform(first));
    var truth = first.GetColumn<float>("Label").ToArray();

    Console.WriteLine();
    Console.WriteLine($"Saved ({new FileInfo(file).Length / 1024} KiB), loaded again, and asked about three test rows:");
    for (var i = 0; i < actual.Length; i++)
    {
        Console.WriteLine($"  predicted {actual[i],6:F1} {table.Unit}, was {truth[i],6:F1}");
    }

    var same = expected.SequenceEqual(actual);
    Console.WriteLine(same ? "Both models give the same numbers, bit for bit." : "The loaded model differs from the trained one!");
    return same ? 0 : 1;
}
finally
{
    File.Delete(file);
}

void Print(string name, ITransformer fitted)
{
    var metrics = ml.Regression.Evaluate(fitted.Transform(split.TestSet));
    Console.WriteLine($"{name,-24}{metrics.RSquared,10:F4}{metrics.MeanAbsoluteError,16:F3} {table.Unit,-7}{metrics.RootMeanSquaredError,12:F3} {table.Unit}");
}

static float[] Scores(IDataView rows) => [.. rows.GetColumn<float>("Score")];
