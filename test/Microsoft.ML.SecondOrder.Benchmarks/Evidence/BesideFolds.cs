using System.Globalization;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>One training by the evidence, or by the rule of thumb, against a decay chosen by five folds, which takes 31.</summary>
internal static class BesideFolds
{
    private const int Folds = 5;
    private static readonly int[] _sizes = [100, 500, 2000, 5000];
    private static readonly double[] _grid = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

    public static int MostRows => _sizes[^1];

    public static void Run(StudyTable table, int[]? sizes, IReadOnlyList<int> seeds, IReadOnlyList<string> ways, StudyResults results)
    {
        foreach (var seed in seeds)
        {
            foreach (var size in (sizes ?? _sizes).Select(s => Math.Min(s, table.Train.Count)).Distinct())
            {
                var rows = table.Train.ToArray();
                new Random(100 + seed).Shuffle(rows);
                rows = rows[..size];
                var fit = new StudyFit(table, seed);
                foreach (var way in ways)
                {
                    results.Of($"{way} {table.Name} {size} {seed}", () =>
                    {
                        var before = Environment.CpuUsage.TotalTime;
                        Regularization regularization = way switch
                        {
                            "folds" => Regularization.WeightDecay(Chosen(fit, rows)),
                            "evidence" => Regularization.MarginalLikelihood(),
                            "shared" => Regularization.MarginalLikelihood(PriorPrecision.Shared),
                            "decay" => Regularization.MarginalLikelihood(PriorPrecision.Curvature),
                            "chosen" => Regularization.ValidatedWeightDecay,
                            "rule" => Regularization.WeightDecay(TrainingDefaults.WeightDecay(size)),
                            _ => Regularization.WeightDecay(double.Parse(way, CultureInfo.InvariantCulture)),
                        };
                        var model = fit.Fit(rows, regularization);
                        var seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
                        var (error, accuracy) = fit.Test(model, table.Test);
                        return [error, accuracy, seconds, (regularization as WeightDecayRegularization)?.Rate ?? model.Model.History[^1].LogEvidence ?? 0];
                    });
                }
            }
        }
    }

    private static double Chosen(StudyFit fit, StudyRow[] rows) => _grid.MinBy(rate => Enumerable.Range(0, Folds).Average(fold =>
    {
        var model = fit.Fit([.. rows.Where((_, i) => i % Folds != fold)], Regularization.WeightDecay(rate));
        var error = fit.Test(model, [.. rows.Where((_, i) => i % Folds == fold)]).Error;
        return fit.Table.Task == NetworkTask.Regression ? error * error : error;
    }));
}
