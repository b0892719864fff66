using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>A table of numbers, split into rows to learn from and rows to be tested on.</summary>
internal sealed record StudyTable(string Name, NetworkTask Task, int Classes, List<StudyRow> Train, List<StudyRow> Test)
{
    /// <summary>Tables that need no file, and those whose files are in <paramref name="folder"/>.</summary>
    /// <param name="folder">Null for none.</param>
    /// <param name="least">Rows to learn from that generated tables have at least.</param>
    public static IEnumerable<(string Name, Func<StudyTable> Load)> All(string? folder, int least = 0)
    {
        yield return ("friedman", () => Friedman("friedman", 2000, 1, least));
        yield return ("moons", () => Moons(least));
        yield return ("heavy", () => Heavy(least));
        yield return ("deliveries", () => Deliveries(least));
        yield return ("noisy", () => Friedman("noisy", 12_000, 5, least));
        yield return ("absurd", Absurd);
        if (folder is not null)
        {
            yield return ("iris", () => Iris(folder));
            yield return ("optdigits", () => OptDigits(folder));
            yield return ("bike", () => Bike(folder));
            yield return ("taxi", () => Taxi(folder));
        }
    }

    /// <summary>Friedman's function where 1 label in 200 and 1 number in 2000 is a thousand times too large; the test rows are clean.</summary>
    private static StudyTable Absurd()
    {
        var table = Friedman("absurd", 2000, 1, 0);
        var random = new Random(777);
        foreach (var row in table.Train)
        {
            row.Number *= random.Next(200) == 0 ? 1000 : 1;
            for (var c = 0; c < row.Features.Length; c++)
            {
                row.Features[c] *= random.Next(2000) == 0 ? 1000 : 1;
            }
        }

        return table;
    }

    /// <summary>Friedman's first function with five useless columns; the test label is clean.</summary>
    private static StudyTable Friedman(string name, int rows, double noise, int least) => Generated(name, rows, least, (random, noisy) =>
    {
        var x = Enumerable.Range(0, 10).Select(_ => (float)random.NextDouble()).ToArray();
        var y = 10 * Math.Sin(Math.PI * x[0] * x[1]) + 20 * Math.Pow(x[2] - 0.5, 2) + 10 * x[3] + 5 * x[4];
        return new StudyRow { Features = x, Number = (float)(y + (noisy ? noise * Normal(random) : 0)) };
    });

    /// <summary>Smooth and non-linear, with noise of 1.7 degrees of freedom; the test label is clean.</summary>
    private static StudyTable Heavy(int least) => Generated("heavy", 3000, least, (random, noisy) =>
    {
        var x = Enumerable.Range(0, 8).Select(_ => (float)Normal(random)).ToArray();
        var chi = 0.85 + Enumerable.Range(0, 17).Sum(_ => 0.1 * Math.Pow(Normal(random), 2)) - 0.85; // about χ² with 1.7 degrees of freedom
        var noise = Normal(random) / Math.Sqrt(Math.Max(1e-3, chi / 1.7) * Math.Pow(random.NextDouble(), 2 / 1.7));
        return new StudyRow { Features = x, Number = (float)(2 * Math.Sin(x[0]) + x[1] * x[2] + Math.Abs(x[3]) + (noisy ? 0.5 * noise : 0)) };
    });

    /// <summary>Deliveries by bicycle, scooter and van as in the QuickStart sample: rush hours, weather, stairs.</summary>
    private static StudyTable Deliveries(int least) => Generated("deliveries", 3200, least, (random, noisy) =>
    {
        (float Speed, float Rush)[] vehicles = [(16, 0.05f), (28, 0.25f), (34, 0.55f)];
        float[] weathers = [1, 1.25f, 1.7f];
        var (v, w) = (random.Next(3), random.Next(3));
        var hour = 7 + 14 * random.NextSingle();
        var kilometres = 0.5f + 11 * random.NextSingle() * random.NextSingle();
        var parcels = random.Next(1, 8);
        var rush = Math.Max(Math.Exp(-Math.Pow(hour - 8.5, 2) / 1.5), Math.Exp(-Math.Pow(hour - 17.5, 2) / 1.5));
        var minutes = 1.5 + 0.8 * parcels + (v == 2 ? 3 * rush : 0)
            + 60 * kilometres / (vehicles[v].Speed * (1 - vehicles[v].Rush * rush)) * (v == 2 ? Math.Sqrt(weathers[w]) : weathers[w]);
        return new StudyRow
        {
            Features = [.. OneHot(v, 3), .. OneHot(w, 3), kilometres, parcels, hour],
            Number = (float)(minutes + (noisy ? Normal(random) : 0)),
        };
    });

    /// <summary>Two interleaved half circles with noise and eight useless columns.</summary>
    private static StudyTable Moons(int least)
    {
        var table = Generated("moons", 500, least, (random, _) =>
        {
            var (upper, angle) = (random.Next(2) == 0, Math.PI * random.NextDouble());
            var (x, y) = upper ? (Math.Cos(angle), Math.Sin(angle)) : (1 - Math.Cos(angle), 0.5 - Math.Sin(angle));
            float[] features = [(float)(x + 0.2 * Normal(random)), (float)(y + 0.2 * Normal(random)), .. Enumerable.Range(0, 8).Select(_ => (float)Normal(random))];
            return new StudyRow { Features = features, Flag = upper };
        });
        return table with { Task = NetworkTask.BinaryClassification };
    }

    /// <summary>Fifty of the 150 flowers are kept for the test.</summary>
    private static StudyTable Iris(string folder)
    {
        StudyRow[] rows = [.. File.ReadLines(Path.Combine(folder, "iris.tsv")).Skip(1).Select(l => l.Split('\t'))
            .Select(f => new StudyRow { Features = [.. f[1..].Select(Number)], Kind = (uint)Number(f[0]) })];
        return Split("iris", rows, 100) with { Task = NetworkTask.MulticlassClassification, Classes = 3 };
    }

    private static StudyTable OptDigits(string folder)
    {
        List<StudyRow> Rows(string file) => [.. Lines(folder, file).Select(f => new StudyRow { Features = [.. f[..64].Select(Number)], Kind = (uint)Number(f[64]) })];

        return new StudyTable("optdigits", NetworkTask.MulticlassClassification, 10, Rows("optdigits-train.csv"), Rows("optdigits-test.csv"));
    }

    /// <summary>The count of an hour, without date and part counts: 11 000 random rows to learn from.</summary>
    private static StudyTable Bike(string folder)
    {
        var rows = Lines(folder, "bike-hour-train.csv").Skip(1).Select(f => new StudyRow
        {
            Features =
            [
                .. OneHot((int)Number(f[2]) - 1, 4), .. OneHot((int)Number(f[4]) - 1, 12), .. OneHot((int)Number(f[5]), 24), .. OneHot((int)Number(f[7]), 7),
                .. OneHot((int)Number(f[9]) - 1, 4), .. new[] { 3, 6, 8, 10, 11, 12, 13 }.Select(c => Number(f[c])),
            ],
            Number = Number(f[16]),
        });
        return Split("bike", [.. rows], 11_000);
    }

    private static StudyTable Taxi(string folder)
    {
        var lines = Lines(folder, "taxi-fare-train.csv").Skip(1).ToList();
        var kinds = new[] { 0, 1, 5 }.Select(c => (Column: c, Values: lines.Select(f => f[c]).Distinct().Order(StringComparer.Ordinal).ToList())).ToList();
        var rows = lines.Select(f => new StudyRow
        {
            Features = [.. kinds.SelectMany(k => OneHot(k.Values.IndexOf(f[k.Column]), k.Values.Count)), Number(f[2]), Number(f[3]), Number(f[4])],
            Number = Number(f[6]),
        });
        return Split("taxi", [.. rows], 80_000);
    }

    private static StudyTable Generated(string name, int train, int least, Func<Random, bool, StudyRow> row)
    {
        const int Tested = 5000;
        var random = new Random(12345);
        List<StudyRow> Rows(int count, bool noisy) => [.. Enumerable.Range(0, Math.Max(0, count)).Select(_ => row(random, noisy))];
        var (first, test) = (Rows(train, true), Rows(Tested, false));
        return new StudyTable(name, NetworkTask.Regression, 0, [.. first, .. Rows(least - train, true)], test);
    }

    private static StudyTable Split(string name, StudyRow[] rows, int train)
    {
        new Random(12345).Shuffle(rows);
        return new StudyTable(name, NetworkTask.Regression, 0, [.. rows[..train]], [.. rows[train..]]);
    }

    private static IEnumerable<string[]> Lines(string folder, string file) => File.ReadLines(Path.Combine(folder, file)).Select(l => l.Split(','));

    private static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);

    private static float[] OneHot(int index, int count) => [.. Enumerable.Range(0, count).Select(i => i == index ? 1f : 0f)];

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>A row with a label for every task.</summary>
internal sealed class StudyRow
{
    public float[] Features { get; set; } = [];

    public float Number { get; set; }

    public bool Flag { get; set; }

    [KeyType(10)]
    public uint Kind { get; set; }
}
