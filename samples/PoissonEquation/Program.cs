using System.Diagnostics;
using System.Globalization;
using PoissonEquation;
using static TorchSharp.torch;

// A network that solves a differential equation: trained by K-FAC of two terms, and by Adam in fifteen times as many steps.
if (args.Length is not (0 or 2) || (args.Length == 2 && args[0] != "--steps")
    || !int.TryParse(args.Length == 2 ? args[1] : "200", NumberStyles.None, CultureInfo.InvariantCulture, out var steps) || steps is not (> 0 and <= 100_000))
{
    Console.Error.WriteLine("Usage: PoissonEquation [--steps NUMBER]   (of K-FAC, up to 100000)");
    return 2;
}

const int MoreSteps = 15;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
set_num_threads(1);
using var problem = new Problem(seed: 1);
Console.WriteLine("Δu = -2π² sin(πx) sin(πy) on a square, u = 0 on its edge; a network of 2-32-32-1");
Console.WriteLine();
Console.WriteLine($"{"method",-18}{"steps",8}{"seconds",10}{"relative error",17}");
Report("K-FAC, two terms", steps, (network, s) => Training.Kfac(network, problem, s));
foreach (var rate in new[] { 1e-2, 1e-3 })
{
    Report($"Adam, rate {rate}", MoreSteps * steps, (network, s) => Training.Adam(network, problem, s, rate));
}

return 0;

void Report(string name, int count, Action<nn.Module<Tensor, Tensor>, int> train)
{
    using var network = Training.Network(seed: 1);
    var clock = Stopwatch.StartNew();
    train(network, count);
    Console.WriteLine($"{name,-18}{count,8}{clock.Elapsed.TotalSeconds,10:F1}{problem.Error(network),17:P2}");
}
