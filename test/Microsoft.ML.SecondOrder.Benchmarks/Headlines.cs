using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>What the papers promise of K-FAC's relatives, measured here: times by rounds in turns, fits by medians of three seeds.</summary>
internal static class Headlines
{
    private const int Batch = 128;
    private const int StepsPerEpoch = 63; // 8 000 examples

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "parts", "rounds", "threads", "steps", "seeds", "only", "methods", "bound");
        if (arguments.Text("threads") is not null)
        {
            set_num_threads(arguments.Number("threads", 1));
        }

        var rounds = arguments.Number("rounds", 3);
        foreach (var (width, interval) in new[] { (1000, 10), (1000, 50), (2048, 10), (2048, 50) }.Where(w => arguments.Admits("parts", $"width{w.Item1} T{w.Item2}")))
        {
            Interleaved($"epoch of {StepsPerEpoch} steps, 784-{width}-{width}-10, batch {Batch}, factors every 10 steps, inverses every {interval}", Wide(width), interval, rounds, StepsPerEpoch, [.. Kfacs(interval).Where(c => arguments.Admits("only", c.Label))]);
        }

        if (arguments.Admits("parts", "blocks"))
        {
            Interleaved("step of the CNN, 3 convolutions of 32, 64 and 128 channels on 28 x 28, batch 128", Problem.All.Single(p => p.Name == "cnn"), 50, rounds, 1, [.. MiniBlocks().Where(c => arguments.Admits("only", c.Label))]);
        }

        if (arguments.Admits("parts", "sketches"))
        {
            Factorisations();
        }

        if (arguments.Admits("parts", "fits"))
        {
            TargetFits.Run(arguments);
        }
    }

    private static IEnumerable<(string Label, Func<nn.Module, optim.Optimizer> Create)> Kfacs(int interval)
    {
        SecondOrderOptimizer With(nn.Module model, PreconditionerOptions options) => new(model, options, 1e-3, normConstraint: 1e-2);
        var kfac = new KfacOptions { CovarianceInterval = 10, InverseInterval = interval };
        var sketched = new RandomizedKfacOptions { CovarianceInterval = 10, InverseInterval = interval, ExactUpTo = 256 };
        var carried = new BrandKfacOptions { CovarianceInterval = 10, InverseInterval = interval, ExactUpTo = 256 };
        yield return ("K-FAC, eigendecomposition", m => With(m, kfac with { DampingKind = KfacDamping.Product }));
        yield return ("K-FAC, eigen inverses", m => With(m, kfac with { Solver = KfacSolver.Eigen }));
        yield return ("K-FAC, Cholesky", m => With(m, kfac));
        yield return ("RS-KFAC, as published", m => With(m, sketched with { Solver = RandomizedSolver.SingularValues, WarmStart = false }));
        yield return ("SRE-KFAC, as published", m => With(m, sketched with { WarmStart = false }));
        yield return ("RS-KFAC, warm start", m => With(m, sketched with { Solver = RandomizedSolver.SingularValues }));
        yield return ("SRE-KFAC, warm start", m => With(m, sketched));
        yield return ("B-KFAC", m => With(m, carried));
        yield return ("AdamW", m => optim.AdamW(m.parameters(), 1e-3));
    }

    private static IEnumerable<(string Label, Func<nn.Module, optim.Optimizer> Create)> MiniBlocks()
    {
        SecondOrderOptimizer With(nn.Module model, PreconditionerOptions options) => new(model, options, 1e-3, normConstraint: 1e-2);
        yield return ("AdamW", m => optim.AdamW(m.parameters(), 1e-3));
        yield return ("SGD, momentum", m => optim.SGD(m.parameters(), 1e-3, momentum: 0.9));
        yield return ("MBF", m => With(m, new MiniBlockOptions()));
        yield return ("MBF, moments of the batch", m => With(m, new MiniBlockOptions { Moments = MiniBlockMoments.BatchGradient }));
        yield return ("K-FAC, intervals as MBF", m => With(m, new KfacOptions { InverseInterval = 50 }));
    }

    /// <summary>Each candidate makes whole cycles of iterations in turn; printed are medians of a step's time and of the ratio to the first candidate's.</summary>
    private static void Interleaved(string title, Problem problem, int cycle, int rounds, int stepsPrinted, (string Label, Func<nn.Module, optim.Optimizer> Create)[] candidates)
    {
        using var scope = NewDisposeScope();
        Console.WriteLine($"{title}; {get_num_threads()} threads, {rounds} rounds");
        var iterations = candidates.Select(c => new Iteration(problem, new Candidate(c.Label, cycle, c.Create), CPU)).ToList();
        var costs = candidates.Select(_ => new List<Cost>()).ToList();
        for (var round = -1; round < rounds; round++)
        {
            for (var c = 0; c < candidates.Length; c++)
            {
                var sum = default(Cost);
                for (var i = 0; i < cycle; i++)
                {
                    sum += iterations[c].Run();
                }

                if (round >= 0)
                {
                    costs[c].Add(sum);
                }
            }
        }

        Console.WriteLine($"  {"",-34}{"wall s",10}{"cpu s",10}{"wall",8}{"cpu",8}");
        for (var c = 0; c < candidates.Length; c++)
        {
            var scale = (double)stepsPrinted / cycle;
            Console.WriteLine(
                $"  {candidates[c].Label,-34}{Timing.Median([.. costs[c].Select(x => x.Wall * scale)]),10:F3}{Timing.Median([.. costs[c].Select(x => x.Cpu * scale)]),10:F3}"
                + $"{Timing.Median([.. costs[c].Zip(costs[0], (x, y) => x.Wall / y.Wall)]),8:F2}{Timing.Median([.. costs[c].Zip(costs[0], (x, y) => x.Cpu / y.Cpu)]),8:F2}");
        }

        iterations.ForEach(i => i.Dispose());
    }

    private static Problem Wide(long width) => new(
        $"mlp{width}",
        $"784-{width}-{width}-10",
        () => nn.Sequential(
            ("hidden1", nn.Linear(784, width)), ("relu1", nn.ReLU()), ("hidden2", nn.Linear(width, width)), ("relu2", nn.ReLU()), ("output", nn.Linear(width, Problem.Classes))),
        [Batch, 784]);

    /// <summary>Milliseconds of what the methods do at an inversion or update, by width.</summary>
    private static void Factorisations()
    {
        using var gradMode = no_grad();
        Console.WriteLine($"factorisations of [D, D], rank 220, milliseconds of processor time, {get_num_threads()} threads");
        Console.WriteLine($"  {"D",-8}{"eigen",10}{"Cholesky",10}{"RSVD",10}{"SRE",10}{"Brand",10}{"QR D x 230",12}{"product",10}");
        foreach (var d in new long[] { 256, 512, 785, 1001, 2048 })
        {
            using var scope = NewDisposeScope();
            var x = randn(d, 2 * d).mul(pow(0.99, arange(d)).to(float32).unsqueeze(1));
            var m = x.mm(x.t()).div(d);
            var sketch = RandomizedSpectrum.Sketch(d, 230, 1, float32, CPU);
            var (values, vectors) = RandomizedSpectrum.ByEigenvalues(m, sketch, 2, 220, "M");
            var rows = randn(d, 128);
            Action[] actions =
            [
                () => Factorizations.Eigen(m, 0, "M"),
                () => Factorizations.DampedInverse(m, 0.1, "M"),
                () => RandomizedSpectrum.BySingularValues(m, sketch, 2, 220, "M"),
                () => RandomizedSpectrum.ByEigenvalues(m, sketch, 2, 220, "M"),
                () => BrandMath.Update(values, vectors, 0.95, d > 400 ? rows : rows.narrow(1, 0, 36), 220, "M"),
                () => Factorizations.Orthogonal(sketch),
                () => m.mm(sketch),
            ];
            var seconds = actions.Select(_ => new List<double>()).ToList();
            for (var round = -1; round < 3; round++)
            {
                for (var i = 0; i < actions.Length; i++)
                {
                    using var inner = NewDisposeScope();
                    var start = Environment.CpuUsage.TotalTime;
                    actions[i]();
                    if (round >= 0)
                    {
                        seconds[i].Add((Environment.CpuUsage.TotalTime - start).TotalSeconds);
                    }
                }
            }

            Console.WriteLine($"  {d,-8}" + string.Concat(seconds.Select((s, i) => (Timing.Median(s) * 1e3).ToString("F1").PadLeft(i == 5 ? 12 : 10))));
        }
    }
}
