using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>Two hundred random small tables, two thirds of numbers and one of classes: does the evidence ever fail badly?</summary>
internal static class SmallTables
{
    public const int Tables = 200;

    public static void Run(IReadOnlyList<int> seeds, bool isNumber, StudyResults results)
    {
        var (finite, beyondConstant, beyondDecay, ratios) = (0, 0, 0, new List<double>());
        foreach (var seed in seeds.Where(s => s % 3 != 0 == isNumber))
        {
            var table = RandomTable.Draw(seed);
            var values = results.Of($"small {(isNumber ? "numbers" : "classes")} {table.Train.Count} {seed}", () => Errors(table, isNumber, seed));
            var (evidence, decay, constant) = (values[0], values[1], values[2]);
            finite += double.IsFinite(evidence) ? 1 : 0;
            ratios.Add(evidence / decay);
            beyondConstant += evidence > 2 * constant ? 1 : 0;
            beyondDecay += evidence > 3 * decay ? 1 : 0;
            if (!(evidence <= 2 * constant && evidence <= 3 * decay))
            {
                Console.WriteLine($"  table {seed}, {table.About}: {evidence:G4} by the evidence, {decay:G4} by decay, {constant:G4} of a constant");
            }
        }

        ratios.Sort();
        Console.WriteLine($"{ratios.Count} small tables of {(isNumber ? "numbers" : "classes")}: {finite} finite, {beyondConstant} worse than twice a constant, {beyondDecay} worse than three times decay; evidence over decay: median {ratios[ratios.Count / 2]:F3}, largest {ratios[^1]:F2}");
    }

    /// <summary>By the evidence, by decay, and of the mean or the shares of the classes.</summary>
    private static double[] Errors(RandomTable random, bool isNumber, int seed)
    {
        List<StudyRow> Rows(IEnumerable<RandomTable.Row> rows) => [.. rows.Select(r => new StudyRow { Features = r.Features, Number = r.Number, Kind = r.Kind })];

        var (train, test) = (Rows(random.Train), Rows(random.Test));
        var table = new StudyTable("small", isNumber ? NetworkTask.Regression : NetworkTask.MulticlassClassification, isNumber ? 0 : random.Classes, train, test);
        var fit = new StudyFit(table, seed);
        double Error(Regularization regularization) => fit.Test(fit.Fit(train, regularization), test).Error;

        var mean = train.Average(r => (double)r.Number);
        var shares = Enumerable.Range(0, random.Classes).Select(k => (train.Count(r => r.Kind == k) + 1.0) / (train.Count + random.Classes)).ToArray();
        return
        [
            Error(Regularization.MarginalLikelihood()), Error(Regularization.WeightDecay(TrainingDefaults.WeightDecay(train.Count))),
            isNumber ? Math.Sqrt(test.Average(r => Math.Pow(r.Number - mean, 2))) : test.Average(r => -Math.Log(shares[r.Kind])),
        ];
    }
}
