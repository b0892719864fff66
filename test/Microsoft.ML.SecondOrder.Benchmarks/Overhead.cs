using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>What a small operation costs on its way from C# to libtorch and back.</summary>
internal static class Overhead
{
    public static void Run()
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        var (a, b) = (ones(2, 2), ones(2, 2));
        var (c, d) = (ones(64, 64), ones(64, 64));
        (string Name, Action Action)[] operations =
        [
            ("add, 2 x 2", () => a.add(b).Dispose()),
            ("add in place, 2 x 2", () => a.add_(b)),
            ("multiply by a number, 2 x 2", () => a.mul(0.5).Dispose()),
            ("transpose, 2 x 2", () => a.t().Dispose()),
            ("matrix product, 64 x 64", () => c.mm(d).Dispose()),
            ("dispose scope, empty", () => NewDisposeScope().Dispose()),
        ];

        var seconds = Timing.Interleaved(rounds: 51, calls: 2000, [.. operations.Select(o => o.Action)]);

        var version = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        Console.WriteLine($"TorchSharp {version}, libtorch {__version__}: median time of one call");
        for (var i = 0; i < operations.Length; i++)
        {
            Console.WriteLine($"  {operations[i].Name,-30}{seconds[i] * 1e6,8:F2} µs");
        }
    }
}
