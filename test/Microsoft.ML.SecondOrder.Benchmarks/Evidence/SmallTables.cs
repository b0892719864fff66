using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>
/// Two hundred random small tables, two thirds of numbers and one of three classes, once more with the last two as one (flags): do the evidence and
/// the default ever fail badly?
/// </summary>
internal static class SmallTables
{
    public const int Tables = 200;

    public static IReadOnlyList<string> Kinds { get; } = ["numbers", "classes", "flags"];

    public static void Run(IReadOnlyList<int> seeds, string kind, StudyResults results)
    {
        var isNumber = kind == Kinds[0];
        var ways = new Dictionary<string, List<(double ToDecay, double ToConstant)>> { ["evidence"] = [], ["defaults"] = [] };
        foreach (var seed in seeds.Where(s => s % 3 != 0 == isNumber))
        {
            var table = RandomTable.Draw(seed);
            var values = results.Of($"small {kind} {table.Train.Count} {seed}", () => Errors(table, kind, seed));
            var (decay, constant) = (values[1], values[2]);
            foreach (var (way, error) in new[] { ("evidence", values[0]), ("defaults", values[3]) })
            {
                ways[way].Add((error / decay, error / constant));
                if (!(error <= 2 * constant && error <= 3 * decay))
                {
                    Console.WriteLine($"  table {seed}, {table.About}: {error:G4} by {way}, {decay:G4} by decay, {constant:G4} of a constant");
                }
            }
        }

        foreach (var (way, ratios) in ways)
        {
            var sorted = ratios.Select(r => r.ToDecay).Order().ToList();
            Console.WriteLine(
                $"{ratios.Count} small tables of {kind} by {way}: {ratios.Count(r => double.IsFinite(r.ToDecay))} finite, {ratios.Count(r => r.ToConstant > 2)} worse than twice a constant, {ratios.Count(r => r.ToDecay > 3)} worse than three times decay; over decay median {sorted[sorted.Count / 2]:F3}, largest {sorted[^1]:F2}");
        }
    }

    /// <summary>By the evidence, by decay, of the mean or the shares of the classes, and by default.</summary>
    private static double[] Errors(RandomTable random, string kind, int seed)
    {
        var (isNumber, isFlag) = (kind == Kinds[0], kind == Kinds[2]);
        List<StudyRow> Rows(IEnumerable<RandomTable.Row> rows) =>
            [.. rows.Select(r => new StudyRow { Features = r.Features, Number = r.Number, Kind = isFlag ? Math.Min(r.Kind, 1) : r.Kind, Flag = r.Kind > 0 })];

        var (train, test) = (Rows(random.Train), Rows(random.Test));
        var classes = isNumber ? 0 : isFlag ? 2 : random.Classes;
        var task = isNumber ? NetworkTask.Regression : isFlag ? NetworkTask.BinaryClassification : NetworkTask.MulticlassClassification;
        var table = new StudyTable("small", task, classes, train, test);
        var fit = new StudyFit(table, seed);
        double Error(Regularization? regularization) => fit.Test(fit.Fit(train, regularization), test).Error;

        var mean = train.Average(r => (double)r.Number);
        var shares = Enumerable.Range(0, classes).Select(k => (train.Count(r => r.Kind == k) + 1.0) / (train.Count + classes)).ToArray();
        return
        [
            Error(Regularization.MarginalLikelihood()), Error(Regularization.WeightDecay(TrainingDefaults.WeightDecay(train.Count))),
            isNumber ? Math.Sqrt(test.Average(r => Math.Pow(r.Number - mean, 2))) : test.Average(r => -Math.Log(shares[r.Kind])),
            Error(null),
        ];
    }
}
