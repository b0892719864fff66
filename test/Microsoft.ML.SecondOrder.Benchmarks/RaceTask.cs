using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>Data and a network to learn them with.</summary>
/// <param name="Name">As the command line calls it.</param>
/// <param name="About">What it is.</param>
/// <param name="Task">Classes or numbers.</param>
/// <param name="Network">What is trained.</param>
/// <param name="Columns">The columns that it reads, and their types.</param>
/// <param name="Train">Rows to learn from.</param>
/// <param name="Validation">Rows to measure with.</param>
/// <param name="Steps">Updates of AdamW.</param>
internal sealed record RaceTask(
    string Name, string About, NetworkTask Task, Network Network, IReadOnlyList<(string Name, DataViewType Type)> Columns, List<RaceRow> Train, List<RaceRow> Validation, int Steps)
{
    /// <summary>Rows of a batch; null for the trainer's own.</summary>
    public int? Batch { get; init; } = 128;

    /// <summary>How images are changed while they are learned from.</summary>
    public ImageAugmentation? Augmentation { get; init; }

    /// <summary>The tasks; those of files only where the folder has them.</summary>
    public static IEnumerable<(string Name, Func<RaceTask> Load)> All(string? folder)
    {
        yield return ("graph", () => Graph(GraphReadout.FirstNode));
        yield return ("graphs", () => Graph(GraphReadout.Mean));
        yield return ("text", Text);
        if (folder is not null)
        {
            yield return ("vit", () => Vision(folder));
            yield return ("ft", () => Bike(folder));
            yield return ("joined", () => Bike(folder) with { Name = "joined", Network = Network.Joined() });
            yield return ("wide", () => Vision(folder) with { Name = "wide", Network = Network.WideResNet(10, 1), Steps = 120 });
        }
    }

    /// <summary>Digits by convolutions, with all that the trainer chooses itself.</summary>
    public static RaceTask Digits(string folder, bool shifts)
    {
        var rows = MnistData.Rows(folder);
        return new(shifts ? "shifted" : "plain", "the first 8 000 digits to learn from, the other 2 000 to test", NetworkTask.MulticlassClassification, Network.Convolutional(16, 32),
            [(nameof(RaceRow.Numbers), Vector(1, 28, 28))], rows[..8000], rows[8000..], 10 * 32) { Batch = null, Augmentation = shifts ? new ImageAugmentation { Shift = 1 } : null };
    }

    /// <summary>The same digits with half the height and width, each pixel the mean of four.</summary>
    public RaceTask Halved()
    {
        const int side = 28, half = side / 2;
        RaceRow Half(RaceRow row) => new()
        {
            Label = row.Label,
            Numbers = [.. Enumerable.Range(0, half * half).Select(i => (Top: i / half * 2 * side + i % half * 2, row.Numbers))
                .Select(p => (p.Numbers[p.Top] + p.Numbers[p.Top + 1] + p.Numbers[p.Top + side] + p.Numbers[p.Top + side + 1]) / 4)],
        };
        return this with { Columns = [(nameof(RaceRow.Numbers), Vector(1, half, half))], Train = [.. Train.Select(Half)], Validation = [.. Validation.Select(Half)] };
    }

    /// <summary>Digits by a vision transformer: 16 patches of 7 x 7, two layers of 32.</summary>
    private static RaceTask Vision(string folder)
    {
        var rows = MnistData.Rows(folder);
        return new("vit", "8 000 digits, 16 patches", NetworkTask.MulticlassClassification, Network.VisionTransformer(7, 2) with { Width = 32 },
            [(nameof(RaceRow.Numbers), Vector(1, 28, 28))], rows[..8000], rows[8000..], 500);
    }

    /// <summary>
    /// Nodes of a random graph with their neighbours: four groups, dense within and sparse between, and noisy facts of each node. The label is a node's group,
    /// or, from the mean over all nodes, how many links there are between nodes of different facts.
    /// </summary>
    private static RaceTask Graph(GraphReadout readout)
    {
        const int nodes = 12, facts = 8;
        var random = new Random(5);
        RaceRow One()
        {
            var groups = Enumerable.Range(0, nodes).Select(_ => random.Next(4)).ToArray();
            var known = groups.SelectMany(g => Enumerable.Range(0, facts).Select(f => (f == g ? 1f : 0f) + (readout == GraphReadout.Mean ? 0.3f : 1f) * Normal(random))).ToArray();
            var links = new float[nodes * nodes];
            var between = 0;
            for (var a = 0; a < nodes; a++)
            {
                for (var b = 0; b < a; b++)
                {
                    if (random.NextDouble() < (groups[a] == groups[b] ? 0.7 : 0.15))
                    {
                        (links[a * nodes + b], links[b * nodes + a]) = (1, 1);
                        between += groups[a] == groups[b] ? 0 : 1;
                    }
                }
            }

            return new RaceRow { Numbers = known, Links = links, Label = readout == GraphReadout.FirstNode ? (uint)groups[0] : (uint)Math.Clamp(between / 2 - 1, 0, 4) };
        }

        List<RaceRow> Rows(int count) => [.. Enumerable.Range(0, count).Select(_ => One())];
        return new(readout == GraphReadout.FirstNode ? "graph" : "graphs", $"4 000 graphs of {nodes} nodes, {(readout == GraphReadout.FirstNode ? "the first node's group" : "links between groups")}",
            NetworkTask.MulticlassClassification, Network.GraphConvolution(64, 64) with { Readout = readout },
            [(nameof(RaceRow.Numbers), Vector(nodes, facts)), (nameof(RaceRow.Links), Vector(nodes, nodes))], Rows(4000), Rows(2000), 500);
    }

    /// <summary>Sentences of 6 to 16 words, each of a value; two words turn the value of the next around. The label says in which fifth the sum lies.</summary>
    private static RaceTask Text()
    {
        const int vocabulary = 42, length = 16;
        var random = new Random(6);
        var values = Enumerable.Range(0, vocabulary).Select(w => w < 2 ? 0 : Normal(random)).ToArray();
        RaceRow One()
        {
            var keys = new uint[length];
            double sum = 0, sign = 1;
            var count = random.Next(6, length + 1);
            for (var i = 0; i < count; i++)
            {
                var word = random.Next(8) == 0 ? random.Next(2) : random.Next(2, vocabulary);
                keys[i] = (uint)word + 1;
                sum += sign * values[word];
                sign = word < 2 ? -1 : 1;
            }

            return new RaceRow { Keys = keys, Label = (sum / Math.Sqrt(count)) switch { < -0.7 => 0, < -0.2 => 1, < 0.2 => 2, < 0.7 => 3, _ => 4 } };
        }

        List<RaceRow> Rows(int count) => [.. Enumerable.Range(0, count).Select(_ => One())];
        return new("text", "16 000 sentences of 6 to 16 of 42 words", NetworkTask.MulticlassClassification, Network.TextTransformer(2, 32),
            [(nameof(RaceRow.Keys), new VectorDataViewType(new KeyDataViewType(typeof(uint), vocabulary), length))], Rows(16_000), Rows(2000), 600);
    }

    /// <summary>Bicycles rented in an hour, by a transformer over eight columns of numbers and five of categories.</summary>
    private static RaceTask Bike(string folder)
    {
        float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
        var rows = File.ReadLines(Path.Combine(folder, "bike-hour-train.csv")).Skip(1).Select(l => l.Split(',')).Select(f => new RaceRow
        {
            Numbers = [.. new[] { 3, 6, 8, 10, 11, 12, 13 }.Select(c => Number(f[c]))],
            Keys = [uint.Parse(f[2]), uint.Parse(f[4]), uint.Parse(f[5]) + 1, uint.Parse(f[7]) + 1, uint.Parse(f[9])],
            Number = Number(f[16]),
        }).ToArray();
        new Random(12345).Shuffle(rows);
        return new("ft", "11 000 hours of bicycles rented", NetworkTask.Regression, Network.FtTransformer(32, 2),
            [(nameof(RaceRow.Numbers), Vector(7)), (nameof(RaceRow.Keys), new VectorDataViewType(new KeyDataViewType(typeof(uint), 24), 5))],
            [.. rows[..11_000]], [.. rows[11_000..]], 700);
    }

    /// <summary>One training.</summary>
    /// <param name="seed">Of weights and order.</param>
    /// <param name="steps">Updates.</param>
    /// <param name="change">What is not as in <see cref="TrainingDefaults"/>.</param>
    public IReadOnlyList<EpochMetrics> Fit(int seed, int steps, Func<TrainingPlan, TrainingPlan> change) => FitNetwork(seed, steps, change).Epochs;

    /// <summary>One training, and the network.</summary>
    public (FittedNetwork Network, IReadOnlyList<EpochMetrics> Epochs) FitNetwork(int seed, int steps, Func<TrainingPlan, TrainingPlan> change)
    {
        var ml = new MLContext(seed);
        var epochs = new List<EpochMetrics>();
        T With<T>(T options)
            where T : NeuralNetworkTrainerOptions
        {
            (options.FeatureColumnName, options.MoreFeatureColumnNames) = (Columns[0].Name, Columns.Count > 1 ? [.. Columns.Skip(1).Select(c => c.Name)] : null);
            (options.Network, options.BatchSize, options.MaximumNumberOfSteps) = (Network, Batch, steps);
            (options.ValidationSet, options.MetricsCallback, options.Changes, options.Augmentation) = (View(ml, Validation), epochs.Add, change, Augmentation);
            return options;
        }

        var network = Task == NetworkTask.Regression
            ? ml.Regression.Trainers.NeuralNetwork(With(new NeuralNetworkRegressionTrainer.Options { LabelColumnName = nameof(RaceRow.Number) })).Fit(View(ml, Train)).Model
            : ml.MulticlassClassification.Trainers.NeuralNetwork(With(new NeuralNetworkMulticlassTrainer.Options())).Fit(View(ml, Train)).Model;
        return (network, epochs);
    }

    private IDataView View(MLContext ml, List<RaceRow> rows)
    {
        var schema = SchemaDefinition.Create(typeof(RaceRow), SchemaDefinition.Direction.Read);
        foreach (var (name, type) in Columns)
        {
            schema[name].ColumnType = type;
        }

        foreach (var other in new[] { nameof(RaceRow.Numbers), nameof(RaceRow.Keys), nameof(RaceRow.Links) }.Except(Columns.Select(c => c.Name)))
        {
            schema.RemoveAll(c => c.MemberName == other);
        }

        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static VectorDataViewType Vector(params int[] sizes) => new(NumberDataViewType.Single, sizes);

    private static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
