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
/// <c>wide [--styles groupnorm,fixup] [--fisher exact,sampled] [--rows N] [--rounds N] [--width N] [--epochs N] [--truth N]</c>.
/// </summary>
internal static class WideEvidence
{
    private const int Batch = 100;

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "styles", "fisher", "rows", "rounds", "width", "epochs", "truth");
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
            var shape = new NetworkShape(784, 10) { Segments = [new InputSegment("Pixels", InputKind.PlanarImage, [1, 28, 28], [])] };
            using var model = Trained(network, shape, data, rows, arguments.Number("epochs", 3));
            foreach (var fisher in new[] { FisherKind.Exact, FisherKind.Sampled }.Where(f => arguments.Admits("fisher", f.ToString())))
            {
                if (arguments.Text("truth") is not null)
                {
                    BesideTheExactMatrix(model, data, arguments.Number("truth", 100));
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

    /// <summary>
    /// How many parameters the data determine, and the one precision that follows, by the whole Gauss-Newton matrix of a few digits, which has as
    /// many eigenvalues above zero as there are digits times classes: those of JᵀHJ's small twin.
    /// </summary>
    private static void BesideTheExactMatrix(nn.Module<Tensor, Tensor> model, MnistData data, int rows)
    {
        using var scope = NewDisposeScope();
        var (inputs, targets) = (data.TrainingImages.narrow(0, 0, rows), data.TrainingDigits.narrow(0, 0, rows));
        LaplacePosterior Fit(WeightSharing sharing) =>
            LaplacePosterior.Fit(model, [(inputs, targets)], new CategoricalLikelihood(), new LaplaceOptions { Sharing = sharing });
        using var expand = Fit(WeightSharing.Expand);
        using var reduce = Fit(WeightSharing.Reduce);
        var layers = model.named_parameters().Where(p => !expand.Excluded.Contains(p.name)).Select(p => (Tensor)p.parameter).ToList();
        var square = layers.Sum(w => w.detach().to(float64).square().sum().ToDouble());
        model.eval();
        var jacobian = new List<Tensor>();
        for (var row = 0; row < rows; row++)
        {
            using var inner = NewDisposeScope();
            var outputs = model.call(inputs.narrow(0, row, 1));
            foreach (var root in new CategoricalLikelihood().HessianRoots(outputs, targets.narrow(0, row, 1)))
            {
                jacobian.Add(cat(autograd.grad([outputs], layers, [root], retain_graph: true).Select(g => g.flatten()).ToList(), 0).DetachFromDisposeScope());
            }
        }

        var j = stack(jacobian);
        jacobian.ForEach(g => g.Dispose());
        var eigenvalues = linalg.eigvalsh(j.mm(j.t()).to(float64)).clamp(0).data<double>().ToArray();
        var (exact, exactPrecision) = FixedPoint(eigenvalues, square);
        Console.WriteLine($"{rows} digits: {exact:F0} effective parameters and a precision of {exactPrecision:G3} by the whole matrix");
        foreach (var (name, posterior) in new[] { ("expand", expand), ("reduce", reduce) })
        {
            var found = posterior.Tune(PriorPrecision.Shared);
            Console.WriteLine($"  {name}: {found.EffectiveParameters:F0} and {found.HyperParameters.Precisions[0]:G3}; without {string.Join(", ", posterior.Excluded)}");
        }
    }

    /// <summary>δ = γ/|θ|² with γ = Σ λ/(λ + δ).</summary>
    private static (double Effective, double Precision) FixedPoint(double[] eigenvalues, double square)
    {
        var (gamma, delta) = (0.0, 1.0);
        for (var i = 0; i < 200; i++)
        {
            gamma = eigenvalues.Sum(l => l / (l + delta));
            delta = gamma / square;
        }

        return (gamma, delta);
    }
}
