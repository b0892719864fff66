using System.Diagnostics;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.Likelihoods;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Optimizers;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// The evidence of a small Wide ResNet by K-FAC expand and by reduce: the time of both, and the prior precisions that they choose:
/// <c>wide [--styles groupnorm,fixup] [--fisher exact,sampled] [--rows N] [--rounds N] [--width N] [--epochs N] [--truth N]</c>;
/// or those that each chooses while the network is trained: <c>wide --online STEPS [--styles …] [--rows N] [--width N] [--seeds N]</c>.
/// </summary>
internal static class WideEvidence
{
    private const int Batch = 100;

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "styles", "fisher", "rows", "rounds", "width", "epochs", "truth", "online", "seeds", "priors");
        if (MnistData.Folder() is not { } folder)
        {
            Console.WriteLine("wide: skipped, no mnist-t10k files in SECONDORDER_DATA or in shared/data beside the repository");
            return;
        }

        set_num_threads(1);
        using var scope = NewDisposeScope();
        var data = MnistData.Read(folder);
        var rows = arguments.Number("rows", 2000);
        foreach (var style in Enum.GetValues<ResidualStyle>().Where(s => arguments.Admits("styles", s.ToString())))
        {
            var network = Network.WideResNet(10, arguments.Number("width", 1)) with { Style = style };
            if (arguments.Text("online") is not null)
            {
                WideOnline.Compare(network, folder, arguments);
                continue;
            }

            var shape = new NetworkShape(784, 10) { Segments = [new InputSegment("Pixels", InputKind.PlanarImage, [1, 28, 28], [])] };
            using var model = Trained(network, shape, data, rows, arguments.Number("epochs", 3));
            foreach (var fisher in new[] { FisherKind.Exact, FisherKind.Sampled }.Where(f => arguments.Admits("fisher", f.ToString())))
            {
                if (arguments.Text("truth") is not null)
                {
                    var few = arguments.Number("truth", 100);
                    WideTruth.Compare(network.ToString(), model, data.TrainingImages.narrow(0, 0, few), data.TrainingDigits.narrow(0, 0, few));
                    break;
                }

                Compare($"{network}, {rows} digits, {fisher} Fisher", model, data, rows, fisher, arguments.Number("rounds", 5));
            }
        }
    }

    private static nn.Module<Tensor, Tensor> Trained(Network network, NetworkShape shape, MnistData data, int rows, int epochs)
    {
        var model = network.Create(shape, new Random(1));
        using var optimizer = new SecondOrderOptimizer(
            model, [new LayerGroup(TrainingDefaults.Optimizer(shape, rows, NetworkTask.MulticlassClassification)) { LearningRate = 1 }], normConstraint: 3e-3);
        var steps = epochs * rows / Batch;
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.ParamGroups.First().LearningRate = 0.5 * (1 + Math.Cos(Math.PI * step / steps));
            var (x, y) = Rows(data, rows, step);
            optimizer.zero_grad();
            var outputs = model.call(x);
            optimizer.ObserveCurvature(outputs, new CategoricalLikelihood());
            new CategoricalLikelihood().Loss(outputs, y).backward();
            optimizer.step();
        }

        return model;
    }

    private static (Tensor Inputs, Tensor Targets) Rows(MnistData data, int rows, int batch)
    {
        var first = batch * Batch % rows;
        return (data.TrainingImages.narrow(0, first, Batch), data.TrainingDigits.narrow(0, first, Batch));
    }

    private static void Compare(string title, nn.Module<Tensor, Tensor> model, MnistData data, int rows, FisherKind fisher, int rounds)
    {
        var batches = Enumerable.Range(0, rows / Batch).Select(b => Rows(data, rows, b)).ToList();
        LaplacePosterior Fit(WeightSharing sharing) =>
            LaplacePosterior.Fit(model, batches, new CategoricalLikelihood(), new LaplaceOptions { Sharing = sharing, Fisher = fisher });

        var times = new Dictionary<WeightSharing, List<double>> { [WeightSharing.Expand] = [], [WeightSharing.Reduce] = [] };
        for (var round = 0; round < rounds; round++)
        {
            foreach (var sharing in times.Keys)
            {
                var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
                using var posterior = Fit(sharing);
                posterior.Evidence();
                times[sharing].Add((Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
            }
        }

        var (expand, reduce) = (Timing.Median(times[WeightSharing.Expand]), Timing.Median(times[WeightSharing.Reduce]));
        Console.WriteLine($"{title}: expand {expand:F2} s, reduce {reduce:F2} s of processor time: {reduce / expand:F2}");
        foreach (var prior in new[] { PriorPrecision.Shared, PriorPrecision.PerLayer })
        {
            var found = times.Keys.Select(sharing =>
            {
                using var posterior = Fit(sharing);
                var evidence = posterior.Tune(prior);
                return (Precisions: evidence.HyperParameters.Precisions, evidence.EffectiveParameters, Evidence: evidence.LogMarginalLikelihood);
            }).ToList();
            var ratios = found[1].Precisions.Zip(found[0].Precisions, (r, e) => r / e).ToList();
            Console.WriteLine($"  {prior}: precisions expand {string.Join(" ", found[0].Precisions.Select(p => p.ToString("G3")))}; reduce {string.Join(" ", found[1].Precisions.Select(p => p.ToString("G3")))}; ratios {string.Join(" ", ratios.Select(p => p.ToString("F2")))};"
                + $" effective parameters {found[0].EffectiveParameters:F0} and {found[1].EffectiveParameters:F0}, evidence {found[0].Evidence:F0} and {found[1].Evidence:F0}");
        }
    }
}
