using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Networks;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class PermutationImportanceTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("regression", "RootMeanSquaredError", 1)]
    [InlineData("targets", "RSquared", -1)]
    [InlineData("binary", "LogLoss", 1)]
    [InlineData("multiclass", "LogLoss", 1)]
    public void Raw_columns_ahead_of_the_chain_are_ranked_in_every_task(string task, string metric, int sign)
    {
        var (pipeline, label) = Pipeline(task);
        var model = pipeline.Fit(Table(400, 1));

        var importance = _ml.SecondOrder().PermutationFeatureImportance(model, Table(300, 2), label, seed: 7);

        Assert.Equal(["Colour", "Noise", "Strong"], importance.Columns.Select(c => c.Column).Order());
        Assert.Equal("Strong", importance.Columns[0].Column);
        Assert.Equal("Noise", importance.Columns[2].Column);
        Assert.Equal(metric, importance.Metrics[0].Key);
        Assert.All(importance.Columns, c => Assert.Equal(importance.Metrics.Select(m => m.Key), c.Changes.Select(m => m.Metric)));
        var (strong, noise) = (importance.Columns[0].Changes[0], importance.Columns[2].Changes[0]);
        Assert.True(sign * strong.Mean > 10 * Math.Abs(noise.Mean));
        Assert.True(sign * strong.Mean > 5 * strong.StandardError && strong.StandardError > 0);
    }

    [Fact]
    public void The_changes_are_those_of_a_permutation_by_hand()
    {
        var model = Pipeline("regression").Pipeline.Fit(Table(200, 1));
        var rows = Rows(50, 2);
        var before = Rmse(rows);
        var order = Enumerable.Range(0, 50).ToArray();
        new Random(7).Shuffle(order);
        var permuted = rows.Select((r, i) => new Row { Strong = rows[order[i]].Strong, Colour = r.Colour, Noise = r.Noise, Number = r.Number });

        var importance = _ml.SecondOrder().PermutationFeatureImportance(model, _ml.Data.LoadFromEnumerable(rows), "Number", 1, ["Strong"], seed: 7);

        Assert.Equal(before, importance.Metrics[0].Value, 1e-9);
        Assert.Equal(Rmse(permuted) - before, Assert.Single(importance.Columns).Changes[0].Mean, 1e-9);
        Assert.True(double.IsNaN(importance.Columns[0].Changes[0].StandardError));

        double Rmse(IEnumerable<Row> table) =>
            _ml.Regression.Evaluate(model.Transform(_ml.Data.LoadFromEnumerable(table)), "Number").RootMeanSquaredError;
    }

    [Fact]
    public void A_seed_repeats_and_the_text_is_a_table()
    {
        var model = Pipeline("regression").Pipeline.Fit(Table(200, 1));
        var data = Table(100, 2);

        var first = _ml.SecondOrder().PermutationFeatureImportance(model, data, "Number", 3, seed: 5).ToString();

        Assert.Equal(first, new MLContext().SecondOrder().PermutationFeatureImportance(model, data, "Number", 3, seed: 5).ToString());
        Assert.NotEqual(first, _ml.SecondOrder().PermutationFeatureImportance(model, data, "Number", 3, seed: 6).ToString());
        var lines = first.Split(Environment.NewLine);
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("Column", lines[0]);
        Assert.Contains("RootMeanSquaredError", lines[0]);
        Assert.StartsWith("Strong", lines[1]);
        Assert.Matches(@"\+\d.* ± ", lines[1]);
        Assert.StartsWith("(without)", lines[4]);
        Assert.Single(lines.Select(l => l.Length).Distinct());
    }

    [Fact]
    public void Models_of_ML_NETs_own_trainers_are_explained_too()
    {
        var data = Table(300, 1);
        var model = _ml.Transforms.Categorical.OneHotEncoding("Colour").Append(_ml.Transforms.Concatenate("Features", "Strong", "Colour", "Noise"))
            .Append(_ml.Transforms.NormalizeMinMax("Features")).Append(_ml.Regression.Trainers.Sdca("Number")).Fit(data);

        Assert.Equal("Strong", _ml.SecondOrder().PermutationFeatureImportance(model, data, "Number", 2, seed: 1).Columns[0].Column);
    }

    [Fact]
    public void What_cannot_be_done_is_named()
    {
        var model = Pipeline("regression").Pipeline.Fit(Table(50, 1));
        var operations = _ml.SecondOrder();

        Assert.Throws<ArgumentOutOfRangeException>(() => operations.PermutationFeatureImportance(model, Table(50, 1), "Number", 0));
        Assert.Contains("'Nothing'", Assert.Throws<ArgumentOutOfRangeException>(
            () => operations.PermutationFeatureImportance(model, Table(50, 1), "Number", columns: ["Nothing"])).Message);
        Assert.Contains("score column 'Score'", Assert.Throws<ArgumentOutOfRangeException>(
            () => operations.PermutationFeatureImportance(_ml.Transforms.CopyColumns("A", "Strong").Fit(Table(50, 1)), Table(50, 1), "Number")).Message);
    }

    private (IEstimator<ITransformer> Pipeline, string Label) Pipeline(string task)
    {
        var features = _ml.Transforms.Categorical.OneHotEncoding("Colour").Append(_ml.Transforms.Concatenate("Features", "Strong", "Colour", "Noise"));
        var network = Network.Mlp(16);
        return task switch
        {
            "regression" => (features.Append(_ml.Regression.Trainers.NeuralNetwork("Number", network: network)), "Number"),
            "targets" => (features.Append(_ml.Transforms.Concatenate("Both", "Number", "Twice")).Append(_ml.Regression.Trainers.NeuralNetwork("Both", network: network)), "Both"),
            "binary" => (features.Append(_ml.BinaryClassification.Trainers.NeuralNetwork("Flag", network: network)), "Flag"),
            _ => (features.Append(_ml.Transforms.Conversion.MapValueToKey("Key", "Kind")).Append(_ml.MulticlassClassification.Trainers.NeuralNetwork("Key", network: network)), "Key"),
        };
    }

    private IDataView Table(int count, int seed) => _ml.Data.LoadFromEnumerable(Rows(count, seed));

    private static List<Row> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (strong, colour) = ((float)(2 * random.NextDouble() - 1), random.Next(3));
            var signal = 3 * strong + colour - 1;
            return new Row
            {
                Strong = strong,
                Colour = new[] { "red", "green", "blue" }[colour],
                Noise = (float)random.NextDouble(),
                Number = 10 * signal,
                Twice = 20 * signal,
                Flag = signal + 0.3 * (random.NextDouble() - 0.5) > 0,
                Kind = signal + 0.3 * (random.NextDouble() - 0.5) < -1 ? "low" : signal < 1 ? "middle" : "high",
            };
        })];
    }

    private sealed class Row
    {
        public float Strong { get; set; }

        public string Colour { get; set; } = "";

        public float Noise { get; set; }

        public float Number { get; set; }

        public float Twice { get; set; }

        public bool Flag { get; set; }

        public string Kind { get; set; } = "";
    }
}
