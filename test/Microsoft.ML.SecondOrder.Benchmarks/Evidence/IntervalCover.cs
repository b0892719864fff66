using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Benchmarks.Evidence;

/// <summary>How many labels of rows that were not learned from, noise included, lie within the 90 % intervals.</summary>
internal static class IntervalCover
{
    private static readonly int[] _sizes = [100, 500, 2000];

    public static void Run(StudyTable table, int[]? sizes, IReadOnlyList<int> seeds, StudyResults results)
    {
        foreach (var size in (sizes ?? _sizes).Where(s => s + 100 <= table.Train.Count))
        {
            var covers = seeds.Select(seed => results.Of($"cover {table.Name} {size} {seed}", () => Cover(table, size, seed))[0]).ToList();
            Console.WriteLine($"{table.Name,-11}{size,6} rows: 90 % intervals cover {covers.Average():F3} on average of {covers.Count} seeds, {covers.Min():F3} to {covers.Max():F3}");
        }
    }

    private static double[] Cover(StudyTable table, int size, int seed)
    {
        var rows = table.Train.ToArray();
        new Random(100 + seed).Shuffle(rows);
        var (train, others) = (rows[..size], rows[size..Math.Min(rows.Length, size + 2000)]);
        var fit = new StudyFit(table, seed) { Interval = 0.9 };
        var scored = fit.Fit(train, null).Transform(fit.View(new MLContext(seed), others));
        var (lower, upper) = (scored.GetColumn<float>("PredictionIntervalLower").ToList(), scored.GetColumn<float>("PredictionIntervalUpper").ToList());
        return [others.Where((r, i) => r.Number >= lower[i] && r.Number <= upper[i]).Count() / (double)others.Length, upper.Zip(lower, (u, l) => u - l).Average()];
    }
}
