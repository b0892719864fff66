using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Curvature;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Matrices;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// The trainers without any option on several tables, beside rules that were or could be the defaults:
/// <c>defaults [--data FOLDER] [--tables a,b] [--rules a,b] [--seeds N]</c>.
/// </summary>
internal static class DefaultsStudy
{
    /// <param name="Name">Shown in the table.</param>
    /// <param name="Optimizer">Null for the trainers' own.</param>
    /// <param name="RobustFeatures">Median and quartiles, far values drawn in.</param>
    /// <param name="Loss">For regression.</param>
    private sealed record Rule(string Name, Func<StudyTable, PreconditionerOptions>? Optimizer, bool RobustFeatures, RegressionLoss Loss)
    {
        public Func<StudyTable, Regularization?> Regularization { get; init; } = _ => null;
    }

    private static readonly Rule[] _rules =
    [
        new("defaults", null, true, RegressionLoss.Huber),
        new("decay", null, true, RegressionLoss.Huber) { Regularization = Decay },
        new("evidence", null, true, RegressionLoss.Huber) { Regularization = _ => Training.Regularization.MarginalLikelihood() },
        new("evidence, shared", null, true, RegressionLoss.Huber) { Regularization = _ => Training.Regularization.MarginalLikelihood(PriorPrecision.Shared) },
        new("evidence, squared", null, true, RegressionLoss.Squared),
        new("K-FAC, plain, squared", Kfac, false, RegressionLoss.Squared),
        new("K-FAC, robust, squared", Kfac, true, RegressionLoss.Squared),
        new("K-FAC, plain, Huber", Kfac, false, RegressionLoss.Huber),
        new("K-FAC, λ a third", t => Kfac(t) with { Damping = Kfac(t).Damping / 3 }, true, RegressionLoss.Huber),
        new("K-FAC, empirical", t => Kfac(t) with { Fisher = FisherKind.Empirical }, true, RegressionLoss.Huber),
        new("SINGD, plain, squared", t => Singd(t, MatrixPattern.Dense, Fisher(t)), false, RegressionLoss.Squared),
        new("SINGD", t => Singd(t, MatrixPattern.Dense, Fisher(t)), true, RegressionLoss.Huber),
        new("SINGD 15+15", t => Singd(t, MatrixPattern.Hierarchical(15, 15), Fisher(t)), true, RegressionLoss.Huber),
        new("before (SINGD, empirical)", t => Singd(t, MatrixPattern.Dense, FisherKind.Empirical), false, RegressionLoss.Squared),
    ];

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "tables", "rules", "seeds");
        var seeds = arguments.Number("seeds", 3);
        var folder = arguments.Text("data") ?? Environment.GetEnvironmentVariable("SECONDORDER_DATA");
        Console.WriteLine($"Test errors of {seeds} seeds each (classes: share of right answers; numbers: RMSE / mean absolute error), and seconds of one training");
        foreach (var (name, load) in StudyTable.All(folder).Where(t => arguments.Admits("tables", t.Name)))
        {
            var table = load();
            foreach (var rule in _rules.Where(r => arguments.Admits("rules", r.Name)))
            {
                var clock = Stopwatch.StartNew();
                var results = Enumerable.Range(1, seeds).Select(seed => Test(table, rule, seed)).ToList();
                var seconds = clock.Elapsed.TotalSeconds / seeds;
                var means = results[0].Select((_, i) => results.Average(r => r[i])).ToArray();
                Console.WriteLine($"{name,-11}{rule.Name,-26}{string.Join(" / ", means.Select(m => $"{m:G4}")),-20}{seconds,6:F1} s   {string.Join("; ", results.Select(r => string.Join("/", r.Select(v => $"{v:G4}"))))}");
            }
        }
    }

    private static WeightDecayRegularization Decay(StudyTable table) => Training.Regularization.WeightDecay(TrainingDefaults.WeightDecay(table.Train.Count));

    private static FisherKind Fisher(StudyTable table) => table.Task == NetworkTask.Regression ? FisherKind.Exact : FisherKind.Sampled;

    private static NetworkShape Shape(StudyTable table) => new(table.Train[0].Features.Length, Math.Max(1, table.Classes));

    private static KfacOptions Kfac(StudyTable table) => TrainingDefaults.Kfac(Shape(table), table.Train.Count, Fisher(table));

    private static PreconditionerOptions Singd(StudyTable table, MatrixPattern pattern, FisherKind fisher) =>
        TrainingDefaults.Singd(pattern, Shape(table), table.Train.Count, fisher);

    private static double[] Test(StudyTable table, Rule rule, int seed)
    {
        var ml = new MLContext(seed);
        var schema = SchemaDefinition.Create(typeof(StudyRow));
        schema[nameof(StudyRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, table.Train[0].Features.Length);
        var (train, test) = (ml.Data.LoadFromEnumerable(table.Train, schema), ml.Data.LoadFromEnumerable(table.Test, schema));
        var optimizer = rule.Optimizer?.Invoke(table);
        switch (table.Task)
        {
            case NetworkTask.Regression:
                var number = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionTrainer.Options
                {
                    LabelColumnName = nameof(StudyRow.Number), Optimizer = optimizer, Regularization = rule.Regularization(table), RobustFeatures = rule.RobustFeatures, Loss = rule.Loss,
                }).Fit(train).Transform(test);
                var errors = number.GetColumn<float>("Score").Zip(table.Test, (s, r) => (double)s - r.Number).ToList();
                return [Math.Sqrt(errors.Average(e => e * e)), errors.Average(Math.Abs)];
            case NetworkTask.BinaryClassification:
                var flag = ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryTrainer.Options
                {
                    LabelColumnName = nameof(StudyRow.Flag), Optimizer = optimizer, Regularization = rule.Regularization(table), RobustFeatures = rule.RobustFeatures,
                }).Fit(train).Transform(test);
                return [flag.GetColumn<bool>("PredictedLabel").Zip(table.Test, (p, r) => p == r.Flag ? 1.0 : 0).Average()];
            default:
                var kind = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkMulticlassTrainer.Options
                {
                    LabelColumnName = nameof(StudyRow.Kind), Optimizer = optimizer, Regularization = rule.Regularization(table), RobustFeatures = rule.RobustFeatures,
                }).Fit(train).Transform(test);
                return [kind.GetColumn<uint>("PredictedLabel").Zip(table.Test, (p, r) => p == r.Kind + 1 ? 1.0 : 0).Average()];
        }
    }
}
