using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A full iteration (forward, backward, step) of each optimizer beside AdamW, in the same process, iteration by iteration in turns.</summary>
internal static class StepRatios
{
    private const int MinimumIterations = 4;
    private const int WarmUp = 2;

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "networks", "only", "rounds", "threads", "device");
        if (arguments.Text("threads") is not null)
        {
            set_num_threads(arguments.Number("threads", 1));
        }

        var device = torch.device(arguments.Text("device") ?? "cpu");
        foreach (var problem in Problem.All.Where(p => arguments.Admits("networks", p.Name)))
        {
            Console.WriteLine($"{problem.Name}: {problem.About}; {device}, libtorch {__version__}, {get_num_threads()} threads");
            Console.WriteLine($"  {"",-44}{"wall",7}{"cpu",7}{"ms",9}{"AdamW ms",9}   {"factors MB",10}{"buffers MB",11}");
            foreach (var candidate in Candidate.For(problem).Where(c => arguments.Admits("only", c.Label)))
            {
                Measure(problem, candidate, arguments.Number("rounds", 5), device);
            }
        }
    }

    private static void Measure(Problem problem, Candidate candidate, int rounds, Device device)
    {
        using var scope = NewDisposeScope();
        using var adamW = new Iteration(problem, Candidate.AdamW, device);
        using var other = new Iteration(problem, candidate, device);
        var iterations = Math.Max(MinimumIterations, candidate.Cycle);
        var (wall, cpu, mine, base_) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < WarmUp; i++) // from then on, as many iterations as a cycle has hold each kind of step as often as the cycle does
        {
            adamW.Run();
            other.Run();
        }

        for (var round = 0; round < rounds; round++)
        {
            var (first, second) = (default(Cost), default(Cost));
            for (var i = 0; i < iterations; i++)
            {
                first += adamW.Run();
                second += other.Run();
            }

            wall.Add(second.Wall / first.Wall);
            cpu.Add(second.Cpu / first.Cpu);
            mine.Add(second.Wall / iterations);
            base_.Add(first.Wall / iterations);
        }

        var (factors, buffers) = other.StateBytes;
        Console.WriteLine(
            $"  {candidate.Label,-44}{Timing.Median(wall),7:F2}{Timing.Median(cpu),7:F2}{Timing.Median(mine) * 1e3,9:F1}{Timing.Median(base_) * 1e3,9:F1}   {factors / 1048576.0,10:F2}{buffers / 1048576.0,11:F2}");
    }
}
