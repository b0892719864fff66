using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Augmentation whose strengths the evidence learns, beside none, what it begins with and the right one, on few digits that were turned or shifted at random, or left as they are:
/// <c>augmentation [--data upright,shifted,turned,around] [--how none,start,right,learned,evidence] [--rows N] [--first SEED] [--seeds N]</c>. With <c>evidence</c> that
/// chooses the decay too; else it is the rule of thumb's.
/// </summary>
internal static class AugmentationStudy
{
    private const int Side = 28, TestRows = 2000, Steps = 600, Draws = 8;

    private static readonly (string Name, ImageAugmentation Change)[] _data =
    [
        ("upright", new ImageAugmentation()),
        ("shifted", new ImageAugmentation { Shift = 4 }),
        ("turned", new ImageAugmentation { Rotation = 90 }),
        ("around", new ImageAugmentation { Rotation = 180 }),
    ];

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "how", "rows", "first", "seeds");
        if (MnistData.Folder() is not { } folder)
        {
            Console.WriteLine("augmentation: skipped, no mnist-t10k files in SECONDORDER_DATA or in shared/data beside the repository");
            return;
        }

        var digits = MnistData.Rows(folder);
        foreach (var (name, change) in _data.Where(d => arguments.Admits("data", d.Name)))
        {
            foreach (var seed in Enumerable.Range(arguments.Number("first", 1), arguments.Number("seeds", 3)))
            {
                var rows = digits.ToArray();
                new Random(seed).Shuffle(rows);
                var task = new RaceTask(name, "digits", NetworkTask.MulticlassClassification, Network.Convolutional(8, 16),
                    [(nameof(RaceRow.Numbers), new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side))],
                    Changed(rows[..arguments.Number("rows", 500)], change, seed), Changed(rows[^TestRows..], change, TestRows + seed), Steps) { Batch = null };
                foreach (var how in new[] { "none", "start", "right", "learned", "evidence" }.Where(h => arguments.Admits("how", h)))
                {
                    Report(task, how, how switch { "none" => null, "right" => change, "start" => ImageAugmentation.Learned with { IsLearned = false }, _ => ImageAugmentation.Learned }, seed);
                }
            }
        }
    }

    private static void Report(RaceTask task, string how, ImageAugmentation? augmentation, int seed)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var (network, epochs) = (task with { Augmentation = augmentation })
            .FitNetwork(seed, task.Steps, p => how == "evidence" ? p with { Regularization = Regularization.MarginalLikelihood(PriorPrecision.Curvature) } : p);
        process.Refresh();
        var seconds = (process.TotalProcessorTime - before).TotalSeconds;
        var kept = network.Summary.Augmentation is { } change
            ? FormattableString.Invariant($"; {change.InWords()}; best epoch {Accuracy(network, task.Validation, new ImageAugmentation()):P2}, over changed images {Accuracy(network, task.Validation, change):P2}")
            : "";
        Console.WriteLine(FormattableString.Invariant(
            $"{task.Name}, {task.Train.Count} rows, seed {seed}, {how}: accuracy {epochs[^1].ValidationAccuracy:P2}, log loss {epochs[^1].ValidationLoss:F3}, {seconds:F0} s{kept}"));
    }

    /// <summary>The accuracy of the mean outputs over eight changed images.</summary>
    private static double Accuracy(FittedNetwork fitted, List<RaceRow> rows, ImageAugmentation change)
    {
        using var scope = NewDisposeScope();
        using var gradMode = no_grad();
        using var network = fitted.Network.Create(fitted.Shape, new Random(0));
        ModuleWeights.Load(network, fitted.Weights);
        network.eval();
        var outputs = Enumerable.Range(0, Draws).Select(draw =>
        {
            var pixels = Changed(rows, change, draw).SelectMany(r =>
            {
                var scaled = new float[fitted.Shape.Inputs];
                fitted.Features.Scaling.Apply(r.Numbers, scaled);
                return scaled;
            }).ToArray();
            return network.call(tensor(pixels).reshape(rows.Count, -1));
        }).ToList();
        return stack(outputs, 0).mean([0]).argmax(1).eq(tensor(rows.Select(r => (long)r.Label).ToArray())).to(float64).mean().ToDouble();
    }

    private static List<RaceRow> Changed(IEnumerable<RaceRow> rows, ImageAugmentation change, int seed)
    {
        var image = new InputSegment("digit", InputKind.PlanarImage, [1, Side, Side], []);
        var plain = new FeatureScaling([.. new double[image.Size]], [.. Enumerable.Repeat(1.0, image.Size)]);
        using var changes = new AugmentedRows(new MemoryRows(new TrainingRows(new FloatRows(image.Size), [], []), 1), change, [image], plain, seed);
        var random = new Random(seed);
        return [.. rows.Select(r =>
        {
            float[] numbers = [.. r.Numbers];
            changes.Change(numbers, change, random);
            return new RaceRow { Numbers = numbers, Label = r.Label };
        })];
    }
}
