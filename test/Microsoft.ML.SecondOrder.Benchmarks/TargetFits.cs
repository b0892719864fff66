using System.Globalization;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Preconditioners;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Whether K-FAC reaches what AdamW ends with in a part of its steps (the protocol of Eschenhagen et al., 2023, arXiv 2311.00636): each
/// fit has a schedule of its own length, AdamW's rate and K-FAC's norm constraint are chosen from small grids on one more seed, and the target is the median
/// of AdamW's final test losses.
/// </summary>
internal static class TargetFits
{
    private const int Batch = 128;
    private const long TuningSeed = 100;
    private const int Warmup = 10;
    private const double KfacRate = 0.03;

    public static void Run(Arguments arguments)
    {
        if (MnistData.Folder() is not { } folder)
        {
            Console.WriteLine("fits: skipped, no mnist-t10k files in SECONDORDER_DATA or in shared/data beside the repository");
            return;
        }

        using var scope = NewDisposeScope();
        var data = MnistData.Read(folder);
        foreach (var (name, create, steps) in new (string, Func<nn.Module<Tensor, Tensor>>, int)[] { ("cnn", SmallCnn, 300), ("vit", () => new VisionTransformer(32, 2, 4, Problem.Classes), 240) })
        {
            if (arguments.Admits("only", name))
            {
                new Comparison(name, create, data, arguments.Number("steps", steps), arguments.Number("seeds", 3)).Run(arguments);
            }
        }
    }

    private static nn.Module<Tensor, Tensor> SmallCnn() => nn.Sequential(
        ("conv1", nn.Conv2d(1, 8, 3, padding: 1)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)), // 14 x 14
        ("conv2", nn.Conv2d(8, 16, 3, padding: 1)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)), // 7 x 7
        ("flatten", nn.Flatten()), ("output", nn.Linear(16 * 49, Problem.Classes)));

    private readonly record struct Outcome(double Loss, double Accuracy, double Seconds);

    private sealed class Comparison(string name, Func<nn.Module<Tensor, Tensor>> create, MnistData data, int steps, int seeds)
    {
        private readonly Tensor _images = data.TrainingImages.reshape(-1, 1, 28, 28);
        private readonly Tensor _testImages = data.TestImages.reshape(-1, 1, 28, 28);

        public void Run(Arguments arguments)
        {
            Console.WriteLine($"{name}: 8 000 digits, batch {Batch}; AdamW's {steps} steps, cosine schedules, {seeds} seeds; medians of final test losses and accuracies");
            double? target = null;
            if (arguments.Admits("methods", "adamw"))
            {
                var rate = Best([1e-3, 3e-3, 1e-2, 3e-2], r => Fit(AdamW(r), r, steps, TuningSeed));
                target = Report($"AdamW, rate {rate}", AdamW(rate), rate, steps, null);
            }

            double[] bounds = arguments.Text("bound") is { } text ? [double.Parse(text, CultureInfo.InvariantCulture)] : [1e-4, 3e-4, 1e-3];
            foreach (var sharing in new[] { WeightSharing.Expand, WeightSharing.Reduce }.Where(s => arguments.Admits("methods", s.ToString())))
            {
                var bound = bounds.Length == 1 ? bounds[0] : Best(bounds, k => Fit(Kfac(sharing, k), KfacRate, steps / 2, TuningSeed));
                foreach (var part in new[] { 0.5, 0.75 })
                {
                    Report($"K-FAC {sharing.ToString().ToLowerInvariant()}, bound {bound}", Kfac(sharing, bound), KfacRate, (int)(steps * part), target);
                }
            }
        }

        private static Func<nn.Module, optim.Optimizer> AdamW(double rate) => m => optim.AdamW(m.parameters(), rate);

        /// <summary>All settings but the intervals are the library's own; the norm constraint decides on the length of steps.</summary>
        private static Func<nn.Module, optim.Optimizer> Kfac(WeightSharing sharing, double bound) => m => new SecondOrderOptimizer(
            m, new KfacOptions { Sharing = sharing, Fisher = FisherKind.Sampled, CovarianceInterval = 1, InverseInterval = 1 }, KfacRate, normConstraint: bound);

        private double Best(double[] rates, Func<double, Outcome> fit)
        {
            var outcomes = rates.Select(r => (Rate: r, Outcome: fit(r))).ToList();
            Console.WriteLine($"    tuning: {string.Join(", ", outcomes.Select(o => $"{o.Rate}: {o.Outcome.Loss:F4} ({o.Outcome.Accuracy:P1})"))}");
            return outcomes.Where(o => double.IsFinite(o.Outcome.Loss)).MinBy(o => o.Outcome.Loss).Rate;
        }

        private double Report(string label, Func<nn.Module, optim.Optimizer> optimizer, double rate, int count, double? target)
        {
            var outcomes = Enumerable.Range(1, seeds).Select(seed => Fit(optimizer, rate, count, seed)).ToList();
            var loss = Timing.Median([.. outcomes.Select(o => o.Loss)]);
            var reached = target is { } t ? loss <= t ? "reached" : "not reached" : "";
            Console.WriteLine(
                $"  {label,-28}{count,5} steps ({(double)count / steps:P0})  loss {loss:F4} ({outcomes.Min(o => o.Loss):F4} to {outcomes.Max(o => o.Loss):F4})"
                + $"  accuracy {Timing.Median([.. outcomes.Select(o => o.Accuracy)]):P2}  {Timing.Median([.. outcomes.Select(o => o.Seconds)]):F1} s cpu  {reached}");
            return loss;
        }

        private Outcome Fit(Func<nn.Module, optim.Optimizer> create_, double rate, int count, long seed)
        {
            manual_seed(seed);
            using var model = create();
            using var optimizer = create_(model);
            using var random = new Generator((ulong)seed);
            if (optimizer is SecondOrderOptimizer second)
            {
                second.Seed = seed;
            }

            var start = Environment.CpuUsage.TotalTime;
            for (var step = 0; step < count; step++)
            {
                using var scope = NewDisposeScope();
                foreach (var group in optimizer.ParamGroups)
                {
                    group.LearningRate = rate * Math.Min(1, (step + 1.0) / Warmup) * 0.5 * (1 + Math.Cos(Math.PI * step / count));
                }

                var rows = randint(_images.shape[0], new long[] { Batch }, int64, generator: random);
                optimizer.zero_grad();
                var outputs = model.call(_images.index_select(0, rows));
                (optimizer as SecondOrderOptimizer)?.ObserveCurvature(outputs, new CategoricalLikelihood());
                F.cross_entropy(outputs, data.TrainingDigits.index_select(0, rows)).backward();
                optimizer.step();
            }

            var seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
            model.eval();
            using var outer = NewDisposeScope();
            using var gradMode = no_grad();
            var scores = model.call(_testImages);
            return new Outcome(
                F.cross_entropy(scores, data.TestDigits).ToDouble(), scores.argmax(1).eq(data.TestDigits).to(float64).mean().ToDouble(), seconds);
        }
    }
}
