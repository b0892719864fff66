using System.Globalization;
using Microsoft.ML.SecondOrder.Benchmarks.Evidence;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>
/// Regularisation by the evidence: <c>evidence [--data FOLDER] [--parts folds,cover,columns,small,cost] [--tables a,b] [--rows N,N] [--first N] [--seeds N]
/// [--ways folds,rule,evidence,chosen,shared,decay] [--results FILE]</c>. Small tables are those of <c>numbers</c>, <c>classes</c> and <c>flags</c>. With a file of results a study that was stopped goes on.
/// </summary>
internal static class EvidenceStudy
{
    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "data", "parts", "tables", "rows", "first", "seeds", "ways", "results");
        int[] Seeds(int count) => [.. Enumerable.Range(arguments.Number("first", 1), arguments.Number("seeds", count))];
        var seeds = Seeds(1);
        int[]? sizes = arguments.Text("rows") is { } text ? [.. text.Split(',').Select(t => int.Parse(t, CultureInfo.InvariantCulture))] : null;
        var folder = arguments.Text("data") ?? Environment.GetEnvironmentVariable("SECONDORDER_DATA");
        var results = new StudyResults(arguments.Text("results"));
        var ways = (arguments.Text("ways") ?? "folds,rule,evidence").Split(',');
        if (arguments.Admits("parts", "columns"))
        {
            UselessColumns.Run(Seeds(20), results);
        }

        foreach (var kind in SmallTables.Kinds.Where(k => arguments.Admits("parts", "small") && arguments.Admits("tables", k)))
        {
            SmallTables.Run(Seeds(SmallTables.Tables), kind, results);
        }

        var doubtful = ClassTables.All(null).Where(t => t.Name != "moons");
        foreach (var (name, load) in StudyTable.All(folder, BesideFolds.MostRows).Concat(doubtful).Where(t => t.Name != "absurd" && arguments.Admits("tables", t.Name)))
        {
            var table = load();
            if (arguments.Admits("parts", "folds"))
            {
                BesideFolds.Run(table, sizes, seeds, ways, results);
            }

            if (arguments.Admits("parts", "cover") && table.Task == NetworkTask.Regression)
            {
                IntervalCover.Run(table, sizes, seeds, results);
            }

            if (arguments.Admits("parts", "cost"))
            {
                EvidenceCost.Run(table, sizes?[0] ?? 2000);
            }
        }
    }
}
