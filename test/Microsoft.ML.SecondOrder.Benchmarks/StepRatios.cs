using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A full iteration (forward, backward, step) of each optimizer beside AdamW, in the same process, taking turns.</summary>
internal static class StepRatios
{
    private const int Batch = 128;

    public static void Run()
    {
        Console.WriteLine($"Network 784-1000-1000-10, batch {Batch}, {get_num_threads()} threads: median time of ten iterations, as a ratio to AdamW's");
        (string Name, Func<nn.Module<Tensor, Tensor>, optim.Optimizer> Create)[] optimizers =
        [
            ("SGD", m => optim.SGD(m.parameters(), 1e-3)),
            ("SINGD diagonal, T = 1", m => Singd(m, MatrixPattern.Diagonal, 1)),
            ("SINGD diagonal, T = 10", m => Singd(m, MatrixPattern.Diagonal, 10)),
            ("SINGD dense, T = 10", m => Singd(m, MatrixPattern.Dense, 10)),
            ("SINGD dense, T = 1", m => Singd(m, MatrixPattern.Dense, 1)),
        ];
        foreach (var (name, create) in optimizers)
        {
            using var scope = NewDisposeScope();
            var (first, second) = (Iteration(m => optim.AdamW(m.parameters(), 1e-3)), Iteration(create));
            var seconds = Timing.Interleaved(rounds: 7, calls: 10, first, second);
            Console.WriteLine($"  {name,-28}{seconds[1] / seconds[0],6:F2}   ({seconds[1] * 1e3:F1} ms; AdamW {seconds[0] * 1e3:F1} ms)");
        }
    }

    private static SecondOrderOptimizer Singd(nn.Module model, MatrixPattern pattern, int interval) =>
        new(model, new SingdOptions { Inputs = pattern, Outputs = pattern, UpdateInterval = interval });

    private static Action Iteration(Func<nn.Module<Tensor, Tensor>, optim.Optimizer> create)
    {
        var model = nn.Sequential(
            ("hidden1", nn.Linear(784, 1000)), ("relu1", nn.ReLU()), ("hidden2", nn.Linear(1000, 1000)), ("relu2", nn.ReLU()), ("output", nn.Linear(1000, 10)));
        var optimizer = create(model);
        var (x, y) = (randn(Batch, 784), randint(10, new long[] { Batch }, int64));
        return () =>
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            F.cross_entropy(model.call(x), y).backward();
            optimizer.step();
        };
    }
}
