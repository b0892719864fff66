using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>Ten columns that matter among ninety that do not, 2 000 rows: are the ten the most relevant, and what is the error?</summary>
internal static class UselessColumns
{
    private const int Relevant = 10, Columns = 100, Count = 2000;

    public static void Run(IReadOnlyList<int> seeds, StudyResults results)
    {
        var all = seeds.Select(seed => results.Of($"columns {Count} {seed}", () => Errors(seed))).ToList();
        Console.WriteLine($"columns: all {Relevant} rank first in {all.Count(v => v[0] == Relevant)} of {all.Count} seeds; RMSE {all.Average(v => v[1]):G3}, one precision {all.Average(v => v[2]):G3}, decay {all.Average(v => v[3]):G3}; largest ratio {all.Max(v => v[1] / v[2]):F3}");
    }

    private static double[] Errors(int seed)
    {
        var random = new Random(seed);
        StudyRow[] Rows(double noise) => [.. Enumerable.Range(0, Count).Select(_ =>
        {
            var x = Enumerable.Range(0, Columns).Select(_ => (float)(2 * random.NextDouble() - 1)).ToArray();
            var y = 2 * Math.Sin(3 * x[0]) + 2 * x[1] * (1 + x[2]) + Math.Pow(x[3] + 0.5, 2) + 1.5 * x[4] + Math.Exp(x[5]) + x[6] * (1 + x[7]) + x[7] + Math.Tanh(3 * x[8]) - x[9];
            return new StudyRow { Features = x, Number = (float)(y + noise * (random.NextDouble() - 0.5)) };
        })];
        var (train, test) = (Rows(1), Rows(0));
        var fit = new StudyFit(new StudyTable("columns", NetworkTask.Regression, 0, [.. train], [.. test]), seed);
        double Error(Regularization regularization) => fit.Test(fit.Fit(train, regularization), test).Error;

        var own = fit.Fit(train, Regularization.MarginalLikelihood());
        var hits = own.Model.Relevances.Select((r, j) => (r, j)).OrderByDescending(p => p.r).Take(Relevant).Count(p => p.j < Relevant);
        return [hits, fit.Test(own, test).Error, Error(Regularization.MarginalLikelihood(PriorPrecision.Shared)), Error(Regularization.WeightDecay(TrainingDefaults.WeightDecay(Count)))];
    }
}
