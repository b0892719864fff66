using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Benchmarks.Stress;

/// <summary>What trainers have to stand: each figure of docs/reliability.md.</summary>
internal static class StressRun
{
    private const string Started = "training";

    /// <exception cref="ArgumentException">Unknown figure.</exception>
    public static void Run(IReadOnlyList<string> rest)
    {
        var figures = new Dictionary<string, Action<Arguments>>
        {
            ["repeat"] = Repeat, ["kill"] = Kill, ["cancel"] = Cancel, ["memory"] = Memory, ["options"] = Options, ["data"] = _ => Data(),
            ["child"] = Child,
        };
        if (rest.Count == 0 || !figures.TryGetValue(rest[0], out var figure))
        {
            throw new ArgumentException($"stress needs a figure: {string.Join(", ", figures.Keys.Where(k => k != "child"))}.");
        }

        figure(new Arguments([.. rest.Skip(1)], "count", "folder", "culture"));
    }

    /// <summary>The same seed: fits in this process, and in others of other cultures.</summary>
    private static void Repeat(Arguments arguments)
    {
        var count = arguments.Number("count", 10);
        var hashes = Enumerable.Range(0, count).Select(_ => Hash(null)).ToList();
        foreach (var culture in new[] { "en-US", "tr-TR", "fa-IR" })
        {
            using var child = Start(("culture", culture));
            hashes.Add(Answer(child));
        }

        Console.WriteLine($"repeat: {hashes.Count} fits, 3 of them in processes of other cultures: {hashes.Distinct().Count()} different results");
    }

    /// <summary>Kills a training at random points and lets another process go on.</summary>
    private static void Kill(Arguments arguments)
    {
        var random = new Random(1);
        var expected = Hash(null);
        var watch = Stopwatch.StartNew();
        Hash(null);
        var length = watch.Elapsed;
        var (equal, resumed, count) = (0, 0, arguments.Number("count", 20));
        for (var i = 0; i < count; i++)
        {
            var folder = Directory.CreateTempSubdirectory("stress-");
            using (var victim = Start(("folder", folder.FullName)))
            {
                while (victim.StandardOutput.ReadLine() is { } line && line != Started)
                {
                }

                Thread.Sleep(length * random.NextDouble());
                victim.Kill();
                victim.WaitForExit();
            }

            resumed += folder.GetFiles("*.training").Length;
            using var heir = Start(("folder", folder.FullName));
            equal += Answer(heir) == expected ? 1 : 0;
            folder.Delete(recursive: true);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"kill: {count} trainings of {length.TotalSeconds:F1} s killed at random points: {equal} ended with the bits of the uninterrupted one, {resumed} went on from a saved state"));
    }

    /// <summary>Cancels at random points, by token and by context.</summary>
    private static void Cancel(Arguments arguments)
    {
        var random = new Random(1);
        var watch = Stopwatch.StartNew();
        Hash(null);
        var length = watch.Elapsed;
        var (count, usable, early, leaked) = (arguments.Number("count", 100), 0, 0, 0L);
        var delays = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using var source = new CancellationTokenSource();
            var ml = new MLContext(seed: 1);
            var cancelled = new Stopwatch();
            var byContext = i % 2 == 1;
            using var timer = new Timer(_ =>
            {
                cancelled.Start();
                if (byContext)
                {
                    typeof(MLContext).GetMethod("CancelExecution", (System.Reflection.BindingFlags)52)!.Invoke(ml, []);
                }
                else
                {
                    source.Cancel();
                }
            }, null, length * 0.95 * random.NextDouble(), Timeout.InfiniteTimeSpan);
            try
            {
                var model = Fit(ml, o => (o.CancellationToken, o.OnCancellation) = (source.Token, CancellationBehavior.ReturnBest));
                usable += StressTask.IsUsable(new MLContext(), model) ? 1 : 0;
            }
            catch (OperationCanceledException)
            {
                early++;
            }

            delays.Add(cancelled.Elapsed.TotalSeconds);
            leaked += DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"cancel: {count} trainings of {length.TotalSeconds:F1} s: {usable} returned a usable network, {early} threw before the first step; {delays.Count(d => d <= 2)} within 2 s, slowest {delays.Max():F2} s; {leaked} tensors left behind"));
    }

    /// <summary>Fits and predicts in one process and watches its memory.</summary>
    private static void Memory(Arguments arguments)
    {
        const int WarmUp = 200;
        const int PredictionsAFit = 500;
        var count = arguments.Number("count", 200);
        var rows = StressRow.List(500);
        void One(int i)
        {
            var ml = new MLContext(seed: i);
            var model = StressTask.All[i % 3].Fit(ml, ml.Data.LoadFromEnumerable(rows), o => o.MaximumNumberOfSteps = 40);
            if (i % 3 == 2)
            {
                Predict<Scores>(ml, model);
            }
            else
            {
                Predict<Score>(ml, model);
            }
        }

        void Predict<T>(MLContext ml, Scoring.NeuralNetworkPredictionTransformer model)
            where T : class, new()
        {
            using var engine = ml.Model.CreatePredictionEngine<StressRow, T>(model);
            for (var p = 0; p < PredictionsAFit; p++)
            {
                engine.Predict(rows[p % rows.Count]);
            }
        }

        for (var i = 0; i < WarmUp; i++)
        {
            One(i);
        }

        var (before, tensors) = (Resident(), DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        for (var i = 0; i < count; i++)
        {
            One(i);
            if ((i + 1) % 50 == 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {i + 1} fits: {Resident() / 1e6:F1} MB, {GC.GetTotalMemory(false) / 1e6:F1} MB of them managed"));
            }
        }

        var after = Resident();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"memory: {count} fits and {count * PredictionsAFit} predictions: {before / 1e6:F1} MB before, {after / 1e6:F1} MB after ({100.0 * (after - before) / before:F2} %), {DisposeScopeManager.Statistics.ThreadTotalLiveCount - tensors} tensors more"));
    }

    private static void Options(Arguments arguments)
    {
        var count = arguments.Number("count", 300);
        var outcomes = Enumerable.Range(0, count).Select(i => (Number: i, Text: RandomOptions.Outcome(i))).ToList();
        foreach (var (number, text) in outcomes.Where(o => o.Text?.StartsWith("finite", StringComparison.Ordinal) != true))
        {
            Console.WriteLine($"  {number}: {text ?? "NEITHER A FINITE MODEL NOR AN ERROR"}");
        }

        var undone = outcomes.Count(o => o.Text is { } t && t.StartsWith("finite", StringComparison.Ordinal) && !t.Contains(" 0 undone", StringComparison.Ordinal));
        Console.WriteLine($"options: {count} sets: {outcomes.Count(o => o.Text?.StartsWith("finite", StringComparison.Ordinal) == true)} finite models, {undone} of them after steps were undone; {outcomes.Count(o => o.Text is not null && !o.Text.StartsWith("finite", StringComparison.Ordinal))} clear errors; {outcomes.Count(o => o.Text is null)} neither");
    }

    private static void Data()
    {
        foreach (var task in StressTask.All)
        {
            var outcomes = BadData.Kinds.Keys.Select(k => (Kind: k, Text: BadData.Outcome(task, k))).ToList();
            foreach (var (kind, text) in outcomes.Where(o => o.Text != "finite model"))
            {
                Console.WriteLine($"  {task.Name}, {kind}: {text ?? "NEITHER A FINITE MODEL NOR AN ERROR"}");
            }

            Console.WriteLine($"data, {task.Name}: {outcomes.Count} kinds: {outcomes.Count(o => o.Text == "finite model")} finite models, {outcomes.Count(o => o.Text is not null and not "finite model")} clear errors, {outcomes.Count(o => o.Text is null)} neither");
        }
    }

    private static void Child(Arguments arguments)
    {
        if (arguments.Text("culture") is { } culture)
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        }

        Console.WriteLine("hash " + Hash(arguments.Text("folder")));
    }

    private static string Hash(string? folder) => StressTask.Hash(Fit(new MLContext(seed: 7), o =>
    {
        o.CheckpointFolder = folder;
        o.CheckpointEpochs = folder is null ? null : 1;
        o.MetricsCallback = m =>
        {
            if (m.Epoch == 1 && folder is not null)
            {
                Console.WriteLine(Started);
            }
        };
    }));

    private static Scoring.NeuralNetworkPredictionTransformer Fit(MLContext ml, Action<NeuralNetworkTrainerOptions> change) =>
        StressTask.All[2].Fit(ml, ml.Data.LoadFromEnumerable(StressRow.List(4000)), o =>
        {
            o.Network = Network.Mlp(64, 64);
            o.MaximumNumberOfEpochs = 25;
            o.BatchSize = 64;
            o.ValidationSetFraction = 0.1;
            change(o);
        });

    private static Process Start(params (string Name, string Value)[] options)
    {
        var self = Environment.ProcessPath!;
        var start = new ProcessStartInfo(self) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            start.ArgumentList.Add(typeof(StressRun).Assembly.Location);
        }

        foreach (var argument in new[] { "stress", "child" }.Concat(options.SelectMany(o => new[] { "--" + o.Name, o.Value })))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static string Answer(Process child)
    {
        var text = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return text.Split('\n').Select(l => l.Trim()).Last(l => l.StartsWith("hash ", StringComparison.Ordinal))[5..];
    }

    private static long Resident()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // without what the collector keeps for later
            GC.WaitForPendingFinalizers();
        }

        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
