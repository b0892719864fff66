using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Whether the trainer's defaults reach what AdamW ends with in a part of its steps, for networks beyond tables: schedules of each fit's own length, AdamW's
/// rate the best of a grid on one more seed, the target the median of its final validation losses: <c>race [--tasks a,b] [--seeds N] [--rates a,b]</c>.
/// </summary>
internal static class Race
{
    private const int TuningSeed = 100;

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "tasks", "seeds", "rates");
        var seeds = Enumerable.Range(1, arguments.Number("seeds", 3)).ToList();
        double[] rates = arguments.Text("rates") is { } text ? [.. text.Split(',').Select(r => double.Parse(r, CultureInfo.InvariantCulture))] : [1e-3, 3e-3, 1e-2, 3e-2];
        foreach (var (_, load) in RaceTask.All(MnistData.Folder()).Where(t => arguments.Admits("tasks", t.Name)))
        {
            Compare(load(), seeds, rates);
        }
    }

    private static void Compare(RaceTask task, List<int> seeds, double[] rates)
    {
        Console.WriteLine($"{task.Name}: {task.About}; {task.Network}; batches of {task.Batch}, {task.Steps} steps of AdamW, {seeds.Count} seeds");
        var rate = rates.Length == 1 ? rates[0] : rates.MinBy(r =>
        {
            var loss = task.Fit(TuningSeed, task.Steps, AdamW(r))[^1].ValidationLoss!.Value;
            Console.WriteLine($"  AdamW, rate {r}, tuning seed: {loss:F4}");
            return loss;
        });
        var target = Report($"AdamW, rate {rate}", task, seeds, task.Steps, AdamW(rate), null);
        foreach (var part in new[] { 0.5, 0.75 })
        {
            foreach (var sharing in new[] { WeightSharing.Expand, WeightSharing.Reduce })
            {
                Report(sharing.ToString(), task, seeds, (int)(part * task.Steps), p => p with { Optimizer = (AutoOptions)p.Optimizer with { Sharing = sharing } }, target);
            }
        }
    }

    private static Func<TrainingPlan, TrainingPlan> AdamW(double rate) =>
        p => p with { Optimizer = new AdamWOptions(), LearningRate = rate, NormConstraint = null, LearningRateSchedule = TrainingSchedule.Cosine() };

    /// <returns>The median of the final validation losses.</returns>
    private static double Report(string label, RaceTask task, List<int> seeds, int steps, Func<TrainingPlan, TrainingPlan> change, double? target)
    {
        var start = Environment.CpuUsage.TotalTime;
        var ends = seeds.Select(seed => task.Fit(seed, steps, change)[^1]).ToList();
        var seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds / seeds.Count;
        var losses = ends.Select(e => e.ValidationLoss!.Value).ToList();
        var (loss, figure) = (Timing.Median([.. losses]), Timing.Median([.. ends.Select(e => e.ValidationAccuracy ?? e.ValidationRootMeanSquaredError!.Value)]));
        Console.WriteLine($"  {label,-18}{steps,5} steps: loss {loss:F4} ({losses.Min():F4} to {losses.Max():F4}), {figure:G4}, {seconds:F1} s of processor time{(target is { } t ? loss <= t ? ", reached" : ", not reached" : "")}");
        return loss;
    }
}
