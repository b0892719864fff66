using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Selection;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// The choice among networks by leaving rows out, beside ten folds and the evidence:
/// <c>select [--data FOLDER] [--tables a,b] [--rows 100,500,2000] [--seeds N] [--first SEED] [--folds N]</c>; one fold leaves folds out. Times are those of the processor.
/// </summary>
internal static class SelectStudy
{
    private static readonly ModelCandidate[] _candidates =
    [
        new("linear", Network.Mlp()), new("16", Network.Mlp(16)), new("64", Network.Mlp(64)), new("128-128", Network.Mlp(128, 128)), new("64-64-64-64", Network.Mlp(64, 64, 64, 64)),
    ];

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "tables", "rows", "seeds", "first", "folds");
        var folder = arguments.Text("data") ?? Environment.GetEnvironmentVariable("SECONDORDER_DATA");
        var sizes = (arguments.Text("rows") ?? "100,500,2000").Split(',').Select(int.Parse).ToList();
        var (first, seeds, folds) = (arguments.Number("first", 1), arguments.Number("seeds", 1), arguments.Number("folds", 10));
        TorchSharp.torch.set_num_threads(1); // as trainings of small networks do
        var outcomes = new List<Outcome>();
        foreach (var (name, load) in StudyTable.All(folder).Where(t => arguments.Admits("tables", t.Name)))
        {
            var table = load();
            foreach (var rows in sizes.Where(r => r <= table.Train.Count))
            {
                for (var seed = first; seed < first + seeds; seed++)
                {
                    outcomes.Add(Case(table, rows, seed, folds));
                    Console.WriteLine(outcomes[^1]);
                }
            }
        }

        if (folds > 1)
        {
            Console.WriteLine($"Within one standard error of the choice by folds, test error: {outcomes.Count(o => o.TestLeft)} of {outcomes.Count} by leaving rows out, {outcomes.Count(o => o.TestEvidence)} by the evidence; "
                + $"score over folds: {outcomes.Count(o => o.ScoreLeft)} and {outcomes.Count(o => o.ScoreEvidence)}; median time {Median(outcomes.Select(o => o.Time)):F3} of that of folds.");
        }

        Console.WriteLine($"Mean rank correlation with the test error: leaving rows out {outcomes.Average(o => o.RankLeft):F2}, evidence {outcomes.Average(o => o.RankEvidence):F2}, folds {outcomes.Average(o => o.RankFolds):F2}; "
            + $"mean loss to the best candidate: {outcomes.Average(o => o.LostLeft - 1):P1}, {outcomes.Average(o => o.LostEvidence - 1):P1}, {outcomes.Average(o => o.LostFolds - 1):P1}");
    }

    private static Outcome Case(StudyTable table, int rows, int seed, int folds)
    {
        var train = table.Train.ToArray();
        new Random(100 + seed).Shuffle(train);
        var ml = new MLContext(seed);
        var data = View(ml, train[..rows]);
        var before = Environment.CpuUsage.TotalTime;
        var left = Select(ml, table.Task, data, SelectionCriterion.LeaveOneOut, folds);
        var first = Environment.CpuUsage.TotalTime - before;
        var byName = left.Leaderboard.ToDictionary(r => r.Name);
        var errors = byName.ToDictionary(r => r.Key, r => Errors(ml, table.Task, r.Value.Model!, table.Test));
        var test = errors.ToDictionary(e => e.Key, e => table.Task == NetworkTask.Regression ? Math.Sqrt(e.Value.Average()) : e.Value.Average());
        double Rank(Func<string, double> key) => Correlation([.. test.Keys.Select(key)], [.. test.Values]);
        var (byLeft, byEvidence) = (left.Leaderboard[0].Name, left.Leaderboard.MaxBy(r => r.LogEvidence)!.Name);
        var least = test.Values.Min();
        var outcome = new Outcome(table.Name, rows, seed)
        {
            Text = string.Join("; ", test.Keys.Select(n => $"{n}: test {test[n]:G3}, left out {byName[n].LeaveOneOut}, evidence {byName[n].LogEvidence:F0}, training {byName[n].TrainingError:G3}, effective {byName[n].EffectiveParameters:F0}")),
            Left = byLeft, Evidence = byEvidence,
            LostLeft = test[byLeft] / least, LostEvidence = test[byEvidence] / least,
            RankLeft = Rank(n => byName[n].LeaveOneOut!.Value.Value), RankEvidence = Rank(n => -byName[n].LogEvidence!.Value),
            Seconds = first.TotalSeconds,
        };
        if (folds == 1)
        {
            return outcome;
        }

        before = Environment.CpuUsage.TotalTime;
        var race = Select(ml, table.Task, data, SelectionCriterion.Folds, folds);
        var (best, scores) = (race.Leaderboard[0], race.Leaderboard.ToDictionary(r => r.Name, r => r.Folds!.Value));
        bool Near(string name) => Above(errors[name], errors[best.Name]);
        bool Scored(string name) => scores[name].Value <= best.Folds!.Value.Value + best.Folds.Value.StandardError;
        return outcome with
        {
            Text = outcome.Text + "; over folds " + string.Join(", ", scores.Select(s => $"{s.Key} {s.Value}")),
            Folds = best.Name, LostFolds = test[best.Name] / least, RankFolds = Rank(n => scores[n].Value),
            TestLeft = Near(byLeft), TestEvidence = Near(byEvidence), ScoreLeft = Scored(byLeft), ScoreEvidence = Scored(byEvidence),
            Time = first / (Environment.CpuUsage.TotalTime - before),
        };
    }

    /// <summary>Whether errors exceed others on the same rows by at most one standard error of the difference.</summary>
    private static bool Above(double[] own, double[] others)
    {
        var differences = own.Zip(others, (a, b) => a - b).ToArray();
        var mean = differences.Average();
        return mean <= Math.Sqrt(differences.Average(d => (d - mean) * (d - mean)) / differences.Length);
    }

    /// <summary>Squared errors of numbers, or −log p of the class.</summary>
    private static double[] Errors(MLContext ml, NetworkTask task, ITransformer model, IReadOnlyList<StudyRow> rows)
    {
        var scored = model.Transform(View(ml, rows));
        double Loss(float p) => -Math.Log(Math.Max(p, 1e-7));
        return task switch
        {
            NetworkTask.Regression => [.. scored.GetColumn<float>("Score").Zip(rows, (s, r) => Math.Pow((double)s - r.Number, 2))],
            NetworkTask.BinaryClassification => [.. scored.GetColumn<float>("Probability").Zip(rows, (p, r) => Loss(r.Flag ? p : 1 - p))],
            _ => [.. scored.GetColumn<float[]>("Score").Zip(rows, (p, r) => Loss(p[(int)r.Kind]))],
        };
    }

    private static SelectionResult Select(MLContext ml, NetworkTask task, IDataView data, SelectionCriterion criterion, int folds)
    {
        var options = new SelectionOptions { StopsHopeless = false, NumberOfFolds = Math.Max(2, folds) };
        return task switch
        {
            NetworkTask.Regression => ml.SecondOrder().SelectRegressionModel(data, nameof(StudyRow.Number), candidates: _candidates, criterion: criterion, options: options),
            NetworkTask.BinaryClassification => ml.SecondOrder().SelectBinaryModel(data, nameof(StudyRow.Flag), candidates: _candidates, criterion: criterion, options: options),
            _ => ml.SecondOrder().SelectMulticlassModel(data, nameof(StudyRow.Kind), candidates: _candidates, criterion: criterion, options: options),
        };
    }

    /// <summary>Spearman's.</summary>
    private static double Correlation(double[] a, double[] b)
    {
        double[] Ranks(double[] values) => [.. values.Select(v => values.Count(w => w < v) + 0.5 * (values.Count(w => w == v) - 1))];
        var (x, y) = (Ranks(a), Ranks(b));
        var (mx, my) = (x.Average(), y.Average());
        return x.Zip(y, (p, q) => (p - mx) * (q - my)).Sum() / Math.Sqrt(x.Sum(p => (p - mx) * (p - mx)) * y.Sum(q => (q - my) * (q - my)));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }

    private static IDataView View(MLContext ml, IEnumerable<StudyRow> rows)
    {
        var list = rows.ToList();
        var schema = SchemaDefinition.Create(typeof(StudyRow));
        schema[nameof(StudyRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, list[0].Features.Length);
        return ml.Data.LoadFromEnumerable(list, schema);
    }

    private sealed record Outcome(string Table, int Rows, int Seed)
    {
        public string Text { get; init; } = "";

        public string Left { get; init; } = "";

        public string Evidence { get; init; } = "";

        public string Folds { get; init; } = "–";

        public double LostLeft { get; init; }

        public double LostEvidence { get; init; }

        public double LostFolds { get; init; } = double.NaN;

        public double RankLeft { get; init; }

        public double RankEvidence { get; init; }

        public double RankFolds { get; init; } = double.NaN;

        public bool TestLeft { get; init; }

        public bool TestEvidence { get; init; }

        public bool ScoreLeft { get; init; }

        public bool ScoreEvidence { get; init; }

        public double Time { get; init; } = double.NaN;

        public double Seconds { get; init; }

        public override string ToString() => $"{Table,-11}{Rows,6} rows, seed {Seed}: chosen by leaving rows out {Left} (×{LostLeft:F3}, ρ {RankLeft:F2}, {Seconds:F1} s), by evidence {Evidence} (×{LostEvidence:F3}, ρ {RankEvidence:F2}), "
            + $"by folds {Folds} (×{LostFolds:F3}, ρ {RankFolds:F2}); within one standard error: test {TestLeft}, {TestEvidence}, score {ScoreLeft}, {ScoreEvidence}; time {Time:F3}\n    {Text}";
    }
}
