// Trains on a text file, in the way of ML.NET's Model Builder: finds out what its columns hold, trains a network, tests it, and
// writes the model, its metrics, a report, and source code to use and to train it again.
//   dotnet run --project samples/TrainFromFile -- regression --dataset taxi-fare-train.csv --label-col fare_amount --output taxi
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;
using TrainFromFile;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    Train(CommandLine.Parse(args));
    return 0;
}
catch (SampleException mistake)
{
    Console.Error.WriteLine(mistake.Message);
    if (mistake.Code == SampleException.BadUsage)
    {
        Console.Error.WriteLine();
        Console.Error.Write(CommandLine.Usage);
    }

    return mistake.Code;
}
catch (Exception trouble) when (trouble is InvalidOperationException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(trouble.Message);
    return SampleException.BadData;
}

static void Train(CommandLine command)
{
    var context = new MLContext(command.Seed);
    var table = TableFile.Inspect(command);
    ConsoleView.Columns(table);

    // Ctrl+C ends the training, not the program: what was learned so far is tested and saved.
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, key) => key.Cancel = !stop.IsCancellationRequested && Stop(stop);

    var (train, test) = Split(context, table, command);
    var clock = Stopwatch.StartNew();
    var model = ConsoleView.WithProgress(progress => Pipeline.Build(context, table, command, progress, stop.Token).Fit(train));
    var seconds = clock.Elapsed.TotalSeconds;

    var metrics = Metrics.Of(context, model.Transform(test), table, command.IsClassification);
    ConsoleView.Metrics(metrics, seconds);

    Directory.CreateDirectory(command.Output);
    string File(string name) => Path.Combine(command.Output, name);
    context.Model.Save(model, train.Schema, File("model.zip"));
    Metrics.Save(File("metrics.json"), command, table, seconds, metrics);
    context.SecondOrder().SaveReport(model, test, File("report.html"), $"{command.Name}: {table.Label.Name}");
    var code = new CodeWriter(command, table);
    System.IO.File.WriteAllText(File($"{command.Name}.training.cs"), code.Training());
    System.IO.File.WriteAllText(File($"{command.Name}.consumption.cs"), code.Consumption());
    ConsoleView.Written(command.Output, ["model.zip", "metrics.json", "report.html", $"{command.Name}.training.cs", $"{command.Name}.consumption.cs"]);
}

static bool Stop(CancellationTokenSource source)
{
    source.Cancel();
    return true;
}

static (IDataView Train, IDataView Test) Split(MLContext context, TableFile table, CommandLine command)
{
    var all = table.Load(context, command.Dataset);
    if (command.TestDataset is not { } path)
    {
        var split = context.Data.TrainTestSplit(all, testFraction: 0.2, seed: command.Seed);
        return (split.TrainSet, split.TestSet);
    }

    return File.Exists(path)
        ? (all, table.Load(context, path))
        : throw new SampleException(SampleException.BadData, $"There is no file '{path}'. Pass the path of the test rows after --test-dataset, or leave it out.");
}
