using System.Globalization;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>What the root-free papers promise: test accuracy beside the rooted twins, and training with everything in bfloat16.</summary>
internal static class RootFree
{
    private const int Batch = 128;

    private sealed record Method(string Name, double LearningRate, PreconditionerOptions Options);

    private static IReadOnlyList<Method> Twins =>
    [
        new("RF-RMSProp", 1e-2, new RootFreeRmsPropOptions { Alpha = 0.99 }),
        new("RF-RMSProp", 3e-2, new RootFreeRmsPropOptions { Alpha = 0.99 }),
        new("RF-RMSProp", 0.1, new RootFreeRmsPropOptions { Alpha = 0.99 }),
        new("RMSProp", 1e-4, new RmsPropOptions()),
        new("RMSProp", 3e-4, new RmsPropOptions()),
        new("RMSProp", 1e-3, new RmsPropOptions()),
    ];

    private static IReadOnlyList<Method> LowPrecision =>
    [
        new("SIRFShampoo", 1e-2, new SirfShampooOptions { FactorRate = 0.05 }),
        new("IF-Shampoo", 1e-2, new IfShampooOptions()),
        new("RF-RMSProp", 3e-3, new RootFreeRmsPropOptions { Alpha = 0.99 }),
        new("RF-AdamW", 3e-3, new RootFreeAdamWOptions { Beta2 = 0.99 }),
        new("Shampoo, summed, as published", 1e-2, new ShampooOptions { FactorDecay = null, Grafting = Grafting.None, Epsilon = 1e-4 }),
        new("Shampoo, running mean, Adam's length", 1e-3, new ShampooOptions()),
    ];

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "parts", "epochs", "seeds", "threads", "only");
        set_num_threads(arguments.Number("threads", 1));
        var folder = MnistData.Folder() ?? throw new ArgumentException("The benchmark needs the digits of MNIST: set SECONDORDER_DATA to the folder with mnist-t10k-images-idx3-ubyte.gz.");
        var data = MnistData.Read(folder);
        var (epochs, seeds) = (arguments.Number("epochs", 3), arguments.Number("seeds", 3));
        if (arguments.Admits("parts", "twins"))
        {
            Console.WriteLine($"CNN of 8 and 16 channels on MNIST-8k, {epochs} epochs of batches of {Batch}, float32, median test accuracy of {seeds} seeds");
            Table(Twins, arguments, data, epochs, seeds, m => Network(m), float32);
        }

        if (arguments.Admits("parts", "bfloat16"))
        {
            Console.WriteLine($"784-64-10 on MNIST-8k, {epochs} epochs of batches of {Batch}, weights, gradients and state in bfloat16, medians of {seeds} seeds");
            Table(LowPrecision, arguments, data, epochs, seeds, m => Dense(m), bfloat16);
        }
    }

    private static void Table(
        IReadOnlyList<Method> methods, Arguments arguments, MnistData data, int epochs, int seeds, Func<int, nn.Module<Tensor, Tensor>> create, ScalarType type)
    {
        foreach (var method in methods.Where(m => arguments.Admits("only", m.Name)))
        {
            var runs = Enumerable.Range(0, seeds).Select(seed => Fit(method, data, epochs, seed, create, type)).ToList();
            var error = runs.Select(r => r.Error).FirstOrDefault(e => e is not null);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{method.Name,-38} rate {method.LearningRate,-7:G2} {(error is null ? "" : "stopped: " + error + "; ")}loss {Median(runs.Select(r => r.Loss)):F4}, test accuracy {Median(runs.Select(r => r.Accuracy)):P2}, {runs.Count(r => r.Finite)} of {seeds} finite"));
        }
    }

    private static (double Loss, double Accuracy, bool Finite, string? Error) Fit(
        Method method, MnistData data, int epochs, int seed, Func<int, nn.Module<Tensor, Tensor>> create, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var network = create(seed);
        var isConvolutional = network.parameters().First().dim() == 4;
        Tensor Images(Tensor pixels) => isConvolutional ? pixels.reshape(-1, 1, 28, 28) : pixels;
        network.to(type);
        using var optimizer = new SecondOrderOptimizer(network, method.Options, method.LearningRate);
        var random = new Generator((ulong)seed);
        var last = new List<double>();
        string? error = null;
        for (var epoch = 0; epoch < epochs && error is null; epoch++)
        {
            last.Clear();
            var order = randperm(data.TrainingDigits.shape[0], generator: random);
            for (var start = 0L; start + Batch <= order.shape[0] && error is null; start += Batch)
            {
                using var step = NewDisposeScope();
                var rows = order.narrow(0, start, Batch);
                optimizer.zero_grad();
                var loss = F.cross_entropy(network.call(Images(data.TrainingImages.index_select(0, rows)).to(type)).to(float32), data.TrainingDigits.index_select(0, rows));
                loss.backward();
                last.Add(loss.ToDouble());
                try
                {
                    optimizer.step();
                }
                catch (Matrices.NumericalException failure)
                {
                    error = failure.Message;
                }
            }
        }

        using var gradMode = no_grad();
        network.eval();
        var scores = network.call(Images(data.TestImages).to(type)).to(float32);
        var accuracy = scores.argmax(1).eq(data.TestDigits).to(float32).mean().ToDouble();
        return (last.Average(), accuracy, error is null && network.parameters().All(p => p.isfinite().all().ToBoolean()), error);
    }

    private static nn.Module<Tensor, Tensor> Network(int seed)
    {
        manual_seed(seed);
        return nn.Sequential(
            ("conv1", nn.Conv2d(1, 8, 3, padding: 1)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)),
            ("conv2", nn.Conv2d(8, 16, 3, padding: 1)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)),
            ("flatten", nn.Flatten()), ("output", nn.Linear(16 * 49, 10)));
    }

    private static nn.Module<Tensor, Tensor> Dense(int seed)
    {
        manual_seed(seed);
        return nn.Sequential(("hidden", nn.Linear(784, 64)), ("relu", nn.ReLU()), ("output", nn.Linear(64, 10)));
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
}
