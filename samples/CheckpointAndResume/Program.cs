// A training that is interrupted and goes on later, as after a power cut: the result is that of a training without interruption.
//   dotnet run --project samples/CheckpointAndResume
using System.Globalization;
using CheckpointAndResume;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder;
using Microsoft.ML.SecondOrder.Training;

const int Epochs = 12;
const int InterruptedAfter = 5;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateTempSubdirectory("checkpoints-").FullName;
try
{
    // The yardstick: the whole training at once, without checkpoints.
    var whole = Train(null, _ => { }, default);

    // Interrupted: here by a token; a killed process leaves the same file.
    using var stop = new CancellationTokenSource();
    try
    {
        Train(folder, metrics =>
        {
            if (metrics.Epoch == InterruptedAfter)
            {
                stop.Cancel();
            }
        }, stop.Token);
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine($"Interrupted after epoch {InterruptedAfter}; its state is in {Directory.GetFiles(folder).Length} file of {new DirectoryInfo(folder).GetFiles().Sum(f => f.Length) / 1024} KiB");
    }

    // The same call again finds the state and goes on. When it is done, the file is gone.
    int? first = null;
    var resumed = Train(folder, metrics => first ??= metrics.Epoch, default);
    Console.WriteLine($"Resumed at epoch {first}; {Directory.GetFiles(folder).Length} files are left");

    var same = whole.SequenceEqual(resumed);
    Console.WriteLine(same ? $"The same scores, bit for bit, for {whole.Length} rows" : "The scores differ!");
    return same ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static float[] Train(string? checkpoints, Action<EpochMetrics> progress, CancellationToken stop)
{
    // A process that goes on later makes all of this anew: same seed, same rows, same options.
    var context = new MLContext(seed: 1);
    var rows = context.Data.LoadFromEnumerable(Wave.Generate(500, seed: 1));
    var trainer = context.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
    {
        MaximumNumberOfEpochs = Epochs,
        CheckpointFolder = checkpoints,
        CheckpointEpochs = checkpoints is null ? null : 1,
        MetricsCallback = progress,
        CancellationToken = stop,
    });
    return [.. trainer.Fit(rows).Transform(rows).GetColumn<float>("Score")];
}
