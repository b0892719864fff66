using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Regularisation by the evidence beside cross-validation over a grid, cover of intervals, and useless columns:
/// <c>evidence [--data FOLDER] [--parts folds,cover,columns] [--tables a,b] [--rows N] [--seeds N]</c>.
/// </summary>
internal static class EvidenceStudy
{
    private const int Folds = 5;
    private static readonly double[] _grid = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "parts", "tables", "rows", "seeds");
        var seeds = arguments.Number("seeds", 3);
        var rows = arguments.Number("rows", 500);
        var folder = arguments.Text("data") ?? Environment.GetEnvironmentVariable("SECONDORDER_DATA");
        if (arguments.Admits("parts", "columns"))
        {
            Columns(seeds);
        }

        foreach (var (name, load) in StudyTable.All(folder).Where(t => arguments.Admits("tables", t.Name)))
        {
            var table = load();
            if (table.Task != NetworkTask.Regression)
            {
                continue;
            }

            for (var seed = 1; seed <= seeds; seed++)
            {
                var train = table.Train.ToArray();
                new Random(100 + seed).Shuffle(train);
                train = train[..Math.Min(rows, train.Length)];
                if (arguments.Admits("parts", "folds"))
                {
                    BesideFolds(name, train, table.Test, seed);
                }

                if (arguments.Admits("parts", "cover"))
                {
                    Cover(name, train, table.Train.Except(train).Take(2000).ToArray(), seed);
                }
            }
        }
    }

    /// <summary>One training by evidence against a decay chosen by five folds, which takes 31.</summary>
    private static void BesideFolds(string name, StudyRow[] train, IReadOnlyList<StudyRow> test, int seed)
    {
        var clock = Stopwatch.StartNew();
        var evidence = Error(Fit(train, seed, Regularization.MarginalLikelihood()), test);
        var first = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var best = _grid.MinBy(rate => Enumerable.Range(0, Folds).Average(fold =>
        {
            var model = Fit([.. train.Where((_, i) => i % Folds != fold)], seed, Regularization.WeightDecay(rate));
            return Math.Pow(Error(model, [.. train.Where((_, i) => i % Folds == fold)]), 2);
        }));
        var folds = Error(Fit(train, seed, Regularization.WeightDecay(best)), test);
        Console.WriteLine($"{name,-11}{train.Length,6} rows, seed {seed}: RMSE by evidence {evidence:G4} in {first:F1} s; by {Folds} folds {folds:G4} (decay {best}) in {clock.Elapsed.TotalSeconds:F1} s; ratio {evidence / folds:F3}, time {first / clock.Elapsed.TotalSeconds:F3}");
    }

    /// <summary>How many labels, noise included, lie within the intervals.</summary>
    private static void Cover(string name, StudyRow[] train, StudyRow[] test, int seed)
    {
        if (test.Length < 100)
        {
            return;
        }

        var scored = Fit(train, seed, null, 0.9).Transform(View(new MLContext(seed), test));
        var (lower, upper) = (scored.GetColumn<float>("PredictionIntervalLower").ToList(), scored.GetColumn<float>("PredictionIntervalUpper").ToList());
        Console.WriteLine($"{name,-11}{train.Length,6} rows, seed {seed}: 90 % intervals cover {test.Where((r, i) => r.Number >= lower[i] && r.Number <= upper[i]).Count() / (double)test.Length:F3}, mean width {upper.Zip(lower, (u, l) => u - l).Average():G4}");
    }

    /// <summary>Ten columns that matter among ninety that do not, 2 000 rows: are the ten the most relevant, and what is the error?</summary>
    private static void Columns(int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            var random = new Random(seed);
            StudyRow[] Rows(int count, double noise) => [.. Enumerable.Range(0, count).Select(_ =>
            {
                var x = Enumerable.Range(0, 100).Select(_ => (float)(2 * random.NextDouble() - 1)).ToArray();
                var y = 2 * Math.Sin(3 * x[0]) + 2 * x[1] * (1 + x[2]) + Math.Pow(x[3] + 0.5, 2) + 1.5 * x[4] + Math.Exp(x[5]) + x[6] * (1 + x[7]) + x[7] + Math.Tanh(3 * x[8]) - x[9];
                return new StudyRow { Features = x, Number = (float)(y + noise * (random.NextDouble() - 0.5)) };
            })];
            var (train, test) = (Rows(2000, 1), Rows(2000, 0));
            var ard = Fit(train, seed, Regularization.MarginalLikelihood());
            var hits = ard.Model.Relevances.Select((r, j) => (r, j)).OrderByDescending(p => p.r).Take(10).Count(p => p.j < 10);
            var shared = Error(Fit(train, seed, Regularization.MarginalLikelihood(MarginalLikelihood.PriorPrecision.Shared)), test);
            var decay = Error(Fit(train, seed, Regularization.WeightDecay(TrainingDefaults.WeightDecay(2000))), test);
            Console.WriteLine($"columns, seed {seed}: {hits} of 10 among the ten most relevant; RMSE {Error(ard, test):G3}, one precision {shared:G3}, decay {decay:G3}");
        }
    }

    private static Scoring.NeuralNetworkPredictionTransformer Fit(StudyRow[] rows, int seed, Regularization? regularization, double? interval = null)
    {
        var ml = new MLContext(seed);
        return ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
        {
            LabelColumnName = nameof(StudyRow.Number), Regularization = regularization, PredictionInterval = interval,
        }).Fit(View(ml, rows));
    }

    private static double Error(Scoring.NeuralNetworkPredictionTransformer model, IReadOnlyList<StudyRow> rows) =>
        Math.Sqrt(model.Transform(View(new MLContext(1), rows)).GetColumn<float>("Score").Zip(rows, (s, r) => Math.Pow((double)s - r.Number, 2)).Average());

    private static IDataView View(MLContext ml, IEnumerable<StudyRow> rows)
    {
        var list = rows.ToList();
        var schema = SchemaDefinition.Create(typeof(StudyRow));
        schema[nameof(StudyRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, list[0].Features.Length);
        return ml.Data.LoadFromEnumerable(list, schema);
    }
}
