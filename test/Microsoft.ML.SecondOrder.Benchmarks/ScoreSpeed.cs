using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Benchmarks;

/// <summary>How fast trained networks score: row by row through a prediction engine, and whole tables.</summary>
internal static class ScoreSpeed
{
    private const int Width = 12;

    public static void Run(IReadOnlyList<string> rest)
    {
        var arguments = new Arguments(rest, "rows", "rounds", "networks");
        var (rows, rounds) = (arguments.Number("rows", 100_000), arguments.Number("rounds", 7));
        Console.WriteLine($"{Width} features, {rows} rows, medians of {rounds} rounds; by the clock, and Transform also by processor time");
        Console.WriteLine("network           engine, µs a row   Transform, rows/s   by processor time   Transform, 2 cursors   forward pass alone, rows/s   in blocks, rows/s");
        foreach (var (name, network) in new (string, Network)[]
        {
            ("default, 128-128", Network.Mlp(128, 128)), ("linear", Network.Mlp()), ("512-512", Network.Mlp(512, 512)), ("1024-1024", Network.Mlp(1024, 1024)),
        })
        {
            if (arguments.Admits("networks", name))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-18}{Line(network, rows, rounds)}"));
            }
        }
    }

    private static string Line(Network network, int rows, int rounds)
    {
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        var table = Enumerable.Range(0, rows).Select(_ => new Row
        {
            Features = [.. Enumerable.Range(0, Width).Select(_ => (float)random.NextDouble())],
            Label = (float)random.NextDouble(),
        }).ToList();
        var data = ml.Data.LoadFromEnumerable(table);
        var model = ml.Regression.Trainers.NeuralNetwork(network: network, maximumNumberOfEpochs: 1).Fit(ml.Data.TakeRows(data, 500));
        var scored = model.Transform(data);
        using var engine = ml.Model.CreatePredictionEngine<Row, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        var prediction = new Prediction();
        var forward = model.Model.Network.CreateForward(model.Model.Shape, model.Model.Weights);
        var (inputs, outputs) = (table.SelectMany(r => r.Features).ToArray(), new float[rows]);
        var engineRows = Math.Min(rows, 20_000);

        var times = Timing.Interleaved(
            rounds, 1,
            () =>
            {
                for (var i = 0; i < engineRows; i++)
                {
                    engine.Predict(table[i], ref prediction);
                }
            },
            () => Read(scored.GetRowCursor([scored.Schema["Score"]])),
            () => Parallel.ForEach(scored.GetRowCursorSet([scored.Schema["Score"]], 2), Read),
            () =>
            {
                for (var i = 0; i < rows; i++)
                {
                    forward.Run(inputs.AsSpan(i * Width, Width), outputs.AsSpan(i, 1));
                }
            },
            () => forward.Run(inputs, outputs));
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < 3; i++)
        {
            Read(scored.GetRowCursor([scored.Schema["Score"]]));
        }

        var processor = Environment.CpuUsage.TotalTime - before;
        return string.Create(CultureInfo.InvariantCulture,
            $"{times[0] / engineRows * 1e6,17:F2}{rows / times[1],20:N0}{3 * rows / processor.TotalSeconds,20:N0}{rows / times[2],23:N0}{rows / times[3],29:N0}{rows / times[4],20:N0}");
    }

    private static void Read(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            var score = cursor.GetGetter<float>(cursor.Schema["Score"]);
            var value = 0f;
            while (cursor.MoveNext())
            {
                score(ref value);
            }
        }
    }

    private sealed class Row
    {
        [VectorType(Width)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
