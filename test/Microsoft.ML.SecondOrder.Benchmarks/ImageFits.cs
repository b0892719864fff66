using System.Globalization;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// MNIST by convolutions, 8 000 digits to learn from: the trainer's defaults beside AdamW with the best of four rates, in the same network, batches,
/// schedule and augmentation, in turns: <c>images [--data plain,shifted] [--seeds N] [--rates a,b]</c>.
/// </summary>
internal static class ImageFits
{
    private const int Epochs = 10;
    private const int TuningSeed = 100;

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "seeds", "rates");
        if (MnistData.Folder() is not { } folder)
        {
            Console.WriteLine("images: skipped, no mnist-t10k files in SECONDORDER_DATA or in shared/data beside the repository");
            return;
        }

        double[] rates = arguments.Text("rates") is { } text ? [.. text.Split(',').Select(r => double.Parse(r, CultureInfo.InvariantCulture))] : [1e-3, 3e-3, 1e-2, 3e-2];
        foreach (var task in new[] { RaceTask.Digits(folder, false), RaceTask.Digits(folder, true) }.Where(t => arguments.Admits("data", t.Name)))
        {
            Compare(task, arguments.Number("seeds", 3), rates);
        }
    }

    private static void Compare(RaceTask task, int seeds, double[] rates)
    {
        Console.WriteLine($"{task.Name}: {task.About}; {task.Network}, {Epochs} epochs{(task.Augmentation is null ? "" : ", shifted by a pixel at most")}");
        var rate = rates.Length == 1 ? rates[0] : rates.MaxBy(r =>
        {
            var accuracy = AdamW(task, TuningSeed, r).Max(e => e.ValidationAccuracy!.Value);
            Console.WriteLine($"  AdamW, rate {r}, tuning seed: best accuracy {accuracy:P2}");
            return accuracy;
        });
        var rows = new List<(double AdamW, double Defaults, double Short, double Reached, double Seconds)>();
        for (var seed = 1; seed <= seeds; seed++)
        {
            var adamW = AdamW(task, seed, rate);
            var defaults = task.Fit(seed, task.Steps, p => p);
            var quick = task.Fit(seed, task.Steps * 6 / 10, p => p);
            var best = adamW.Max(e => e.ValidationAccuracy!.Value);
            var reached = defaults.FirstOrDefault(e => e.ValidationAccuracy >= best)?.Epoch ?? double.PositiveInfinity;
            rows.Add((best, defaults[^1].ValidationAccuracy!.Value, quick.Max(e => e.ValidationAccuracy!.Value), reached, defaults[^1].Elapsed.TotalSeconds));
            Console.WriteLine($"  seed {seed}: AdamW {Course(adamW)}, {adamW[^1].Elapsed.TotalSeconds:F0} s; defaults {Course(defaults)}, {defaults[^1].Elapsed.TotalSeconds:F0} s; in six epochs {Course(quick)}");
        }

        double Median(Func<(double AdamW, double Defaults, double Short, double Reached, double Seconds), double> of) => Timing.Median([.. rows.Select(of)]);
        Console.WriteLine($"  medians: AdamW (rate {rate}) at its best {Median(r => r.AdamW):P2}; defaults at the end {Median(r => r.Defaults):P2}, at AdamW's best after {Median(r => r.Reached)} epochs, {Median(r => r.Seconds):F0} s; in six epochs {Median(r => r.Short):P2}");
    }

    private static IReadOnlyList<EpochMetrics> AdamW(RaceTask task, int seed, double rate) =>
        task.Fit(seed, task.Steps, p => p with { Optimizer = new AdamWOptions(), LearningRate = rate, NormConstraint = null });

    private static string Course(IReadOnlyList<EpochMetrics> epochs) => string.Join(" ", epochs.Select(e => $"{100 * e.ValidationAccuracy:F2}"));
}
