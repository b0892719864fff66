using System.Diagnostics;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Steps and seconds until the test loss is as low as a target: a fixed one, or the best that AdamW reaches with the best of its
/// learning rates. Seconds count the steps only, not the tests between them.
/// </summary>
internal static class Converge
{
    private const int Batch = 128;

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "tasks", "steps", "only", "threads");
        if (arguments.Text("threads") is not null)
        {
            set_num_threads(arguments.Number("threads", 1));
        }

        using var scope = NewDisposeScope();
        if (arguments.Admits("tasks", "teacher"))
        {
            Compare(FitTask.Teacher(), arguments.Number("steps", 6000), 50, arguments);
        }

        if (arguments.Admits("tasks", "mnist"))
        {
            if (MnistData.Folder() is { } folder)
            {
                Compare(FitTask.Mnist(folder), arguments.Number("steps", 1500), 10, arguments);
            }
            else
            {
                Console.WriteLine("mnist: skipped, no mnist-t10k files in SECONDORDER_DATA or in shared/data beside the repository");
            }
        }
    }

    private static void Compare(FitTask task, int steps, int every, Arguments arguments)
    {
        Console.WriteLine($"{task.Name}: {task.About}; batch {Batch}, {steps} steps, tested each {every}");
        Console.WriteLine($"  {"",-46}{"best loss",10}{"at step",9}{"to the target: steps",25}{"seconds",9}");
        var adamW = new[] { 3e-4, 1e-3, 3e-3, 5e-3, 1e-2, 3e-2 }
            .Select(rate => (Label: $"AdamW, rate {rate}", Course: Fit(task, m => optim.AdamW(m.parameters(), rate), steps, every)))
            .ToList();
        var target = task.Target ?? adamW.Min(a => a.Course.Min(p => p.Loss));
        Console.WriteLine($"  target: {target:G4}{(task.Target is null ? ", AdamW's best" : "")}");
        adamW.ForEach(a => Print(a.Label, a.Course, target));
        foreach (var (label, create) in SecondOrder(task).Where(c => arguments.Admits("only", c.Label)))
        {
            Print(label, Fit(task, create, steps, every), target);
        }
    }

    /// <summary>
    /// The settings of a task for all patterns: the model's own Fisher matrix by one draw, factors that start at the scale of the curvature,
    /// a step bounded in its metric. Noisy gradients, of digits, need more damping and a shorter step than the noiseless teacher.
    /// </summary>
    private static IEnumerable<(string Label, Func<nn.Module, optim.Optimizer> Create)> SecondOrder(FitTask task)
    {
        var isNoisy = task.Target is not null;
        var base_ = isNoisy
            ? new SingdOptions { UpdateInterval = 3, FactorRate = 0.1, Damping = 0.3, NormalizeFactorStep = true, ScaledStart = true, Fisher = FisherKind.Sampled }
            : new SingdOptions { UpdateInterval = 1, FactorRate = 0.02, Damping = 1e-5, ScaledStart = true, Fisher = FisherKind.Sampled };
        var (bound, rates) = isNoisy ? (1e-3, new[] { 0.3, 1 }) : (1e-2, new[] { 1e-2, 3e-2 });
        (string Name, PreconditionerOptions Options)[] settings =
        [
            .. Candidate.Patterns
                .Where(p => p.Name is "dense" or "diagonal" or "block30" or "hierarchical15_15" or "toeplitz-lower")
                .Select(p => ("SINGD " + p.Name, base_ with { Inputs = p.Pattern, Outputs = p.Pattern })),
            ("SINGD dense T10", base_ with { UpdateInterval = 10, FactorRate = 0.1 }),
            ("IKFAC dense", base_ with { KfacLike = true }),
            ("SINGD dense, empirical Fisher", base_ with { Fisher = FisherKind.Empirical }),
            ("K-FAC T10", new KfacOptions { Damping = isNoisy ? 0.1 : 1e-3, Fisher = FisherKind.Sampled }),
        ];
        foreach (var (name, options) in settings)
        {
            foreach (var rate in rates)
            {
                yield return ($"{name}, rate {rate}", m => new SecondOrderOptimizer(m, options, rate, normConstraint: bound));
            }
        }
    }

    private static List<(int Step, double Seconds, double Loss)> Fit(FitTask task, Func<nn.Module, optim.Optimizer> create, int steps, int every)
    {
        using var model = task.Model();
        using var optimizer = create(model);
        using var random = new Generator(11);
        var course = new List<(int, double, double)>();
        var clock = new Stopwatch();
        for (var step = 1; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var rows = randint(task.Inputs.shape[0], new long[] { Batch }, int64, generator: random);
            var (x, y) = (task.Inputs.index_select(0, rows), task.Targets.index_select(0, rows));
            clock.Start();
            optimizer.zero_grad();
            var outputs = model.call(x);
            (optimizer as SecondOrderOptimizer)?.ObserveCurvature(outputs, task.Likelihood);
            task.Loss(outputs, y).backward();
            optimizer.step();
            clock.Stop();
            if (step % every == 0)
            {
                model.eval();
                using var gradMode = no_grad();
                course.Add((step, clock.Elapsed.TotalSeconds, task.Loss(model.call(task.TestInputs), task.TestTargets).ToDouble()));
                model.train();
            }
        }

        return course;
    }

    private static void Print(string label, List<(int Step, double Seconds, double Loss)> course, double target)
    {
        var finite = course.Where(p => double.IsFinite(p.Loss)).ToList();
        var best = finite.Count > 0 ? finite.MinBy(p => p.Loss) : (Step: 0, Seconds: 0, Loss: double.NaN);
        var reached = course.FirstOrDefault(p => p.Loss <= target);
        var when = reached.Step == 0 ? $"{"never",25}{"",9}" : $"{reached.Step,25}{reached.Seconds,9:F2}";
        Console.WriteLine($"  {label,-46}{best.Loss,10:G4}{best.Step,9}{when}");
    }
}
