using System.Globalization;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>Tables with classes, most of them with classes that the features leave open.</summary>
internal static class ClassTables
{
    /// <summary>Tables that need no file, and those whose files are in <paramref name="folder"/>.</summary>
    public static IEnumerable<(string Name, Func<StudyTable> Load)> All(string? folder)
    {
        foreach (var table in StudyTable.All(folder).Where(t => t.Name is "moons" or "optdigits"))
        {
            yield return table;
        }

        yield return ("coins", Coins);
        yield return ("rare", Rare);
        yield return ("groups", Groups);
        if (folder is not null)
        {
            yield return ("iris", () => Iris(folder));
        }
    }

    /// <summary>True with a probability that depends on four of eight columns.</summary>
    private static StudyTable Coins() => Binary("coins", 2000, x => 1.5 * (2 * Math.Sin(3 * x[0]) + x[1] * x[2] - x[3]));

    /// <summary>The same, true in one of twelve rows.</summary>
    private static StudyTable Rare() => Binary("rare", 4000, x => 2 * x[0] + x[1] * x[1] - 4.5);

    /// <summary>Five classes, none of which is ever sure.</summary>
    private static StudyTable Groups() => Generated("groups", NetworkTask.MulticlassClassification, 5, 1500, (x, random) =>
    {
        double[] scores = [x[0], x[1] * x[2], Math.Sin(2 * x[3]), 0.5 * x[4] + x[0] * x[4], -0.5];
        var drawn = scores.Select(s => 2 * s - Math.Log(-Math.Log(random.NextDouble()))).ToArray();
        return (uint)Array.IndexOf(drawn, drawn.Max());
    });

    private static StudyTable Iris(string folder)
    {
        var rows = File.ReadLines(Path.Combine(folder, "iris.tsv")).Skip(1).Select(l => l.Split('\t').Select(v => float.Parse(v, CultureInfo.InvariantCulture)).ToArray())
            .Select(v => new StudyRow { Kind = (uint)v[0], Features = v[1..5] }).ToArray();
        new Random(12345).Shuffle(rows);
        return new StudyTable("iris", NetworkTask.MulticlassClassification, 3, [.. rows[..100]], [.. rows[100..]]);
    }

    private static StudyTable Binary(string name, int count, Func<double[], double> logOdds) => Generated(
        name, NetworkTask.BinaryClassification, 2, count, (x, random) => random.NextDouble() < 1 / (1 + Math.Exp(-logOdds(x))) ? 1u : 0u);

    private static StudyTable Generated(string name, NetworkTask task, int classes, int count, Func<double[], Random, uint> label)
    {
        var random = new Random(3);
        StudyRow Row()
        {
            var x = Enumerable.Range(0, 8).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())).ToArray();
            var kind = label(x, random);
            return new StudyRow { Features = [.. x.Select(v => (float)v)], Kind = kind, Flag = kind == 1 };
        }

        return new StudyTable(name, task, classes, [.. Enumerable.Range(0, count).Select(_ => Row())], [.. Enumerable.Range(0, 4000).Select(_ => Row())]);
    }
}
