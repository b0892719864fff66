using Microsoft.ML.Data;

namespace Microsoft.ML.SecondOrder.Tests.Catalog;

public sealed class MultiOutputEvaluationTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Three_rows_by_hand()
    {
        var metrics = Evaluate(new([1, 10], [2, 10]), new([2, 20], [2, 20]), new([3, 30], [1, 60]));

        Assert.Equal((3L, 0L), (metrics.Rows, metrics.SkippedRows));
        var (first, second) = (metrics.Targets[0], metrics.Targets[1]);
        Assert.Equal((1, 5 / 3.0, 1 - 5 / 2.0), (first.MeanAbsoluteError, first.MeanSquaredError, first.RSquared));
        Assert.Equal(Math.Sqrt(5 / 3.0), first.RootMeanSquaredError, 1e-12);
        Assert.Equal((10, 300, 1 - 900 / 200.0), (second.MeanAbsoluteError, second.MeanSquaredError, second.RSquared));
        Assert.Equal(5.5, metrics.MeanAbsoluteError, 1e-12);
        Assert.Equal((Math.Sqrt(5 / 3.0) + Math.Sqrt(300)) / 2, metrics.RootMeanSquaredError, 1e-12);
        Assert.Equal((-1.5 - 3.5) / 2, metrics.RSquared, 1e-12);
    }

    [Fact]
    public void Each_target_has_the_metrics_of_ML_NETs_evaluator()
    {
        var random = new Random(3);
        float[] Draw() => [(float)random.NextDouble(), 100 * (float)random.NextDouble()];
        var rows = Enumerable.Range(0, 50).Select(_ => new Pair(Draw(), Draw())).ToList();
        var metrics = Evaluate([.. rows]);

        for (var t = 0; t < 2; t++)
        {
            var single = _ml.Data.LoadFromEnumerable(rows.Select(r => new Single { Label = r.Label[t], Score = r.Score[t] }));
            var expected = _ml.Regression.Evaluate(single);
            Assert.Equal(expected.MeanAbsoluteError, metrics.Targets[t].MeanAbsoluteError, 1e-6 * expected.MeanAbsoluteError);
            Assert.Equal(expected.MeanSquaredError, metrics.Targets[t].MeanSquaredError, 1e-6 * expected.MeanSquaredError);
            Assert.Equal(expected.RootMeanSquaredError, metrics.Targets[t].RootMeanSquaredError, 1e-6 * expected.RootMeanSquaredError);
            Assert.Equal(expected.RSquared, metrics.Targets[t].RSquared, 1e-6);
        }
    }

    [Fact]
    public void Rows_with_a_missing_value_are_skipped_and_counted()
    {
        var metrics = Evaluate(new([1, 2], [1, 2]), new([float.NaN, 2], [1, 2]), new([3, 5], [3, float.NaN]), new([3, 6], [3, 6]));

        Assert.Equal((2L, 2L), (metrics.Rows, metrics.SkippedRows));
        Assert.Equal((0, 1), (metrics.MeanAbsoluteError, metrics.RSquared));
    }

    [Fact]
    public void The_text_is_a_table_with_a_line_a_target()
    {
        var text = Evaluate(new([1, 10], [2, 10]), new([2, 20], [2, 20]), new([3, 30], [1, 60]), new([float.NaN, 0], [0, 0])).ToString();

        Assert.Equal(
            """
            Target           MAE        RMSE       R²
            0                  1       1.291  -1.5000
            1                 10      17.321  -3.5000
            mean             5.5      9.3058  -2.5000
            3 rows, 1 skipped for missing values
            """.ReplaceLineEndings(), text);
    }

    [Fact]
    public void Columns_that_do_not_fit_are_named()
    {
        var data = View(new Pair([1, 2], [1, 2]));
        var longer = _ml.Transforms.Concatenate("Score", "Score", "Label").Fit(data).Transform(data);
        var number = _ml.Data.LoadFromEnumerable(new[] { new Single() });

        Assert.Contains("Could not find label column 'Nothing'", Fails(data, "Nothing", "Score"));
        Assert.Contains("Could not find score column 'Nothing'", Fails(data, "Label", "Nothing"));
        Assert.Contains("score column 'Score': expected Vector<Single, 2>, got Vector<Single, 4>", Fails(longer, "Label", "Score"));
        Assert.Contains("label column 'Label': expected Vector<Single>, got Single. Regression.Evaluate", Fails(number, "Label", "Score"));
    }

    [Fact]
    public void Nothing_to_evaluate_is_an_error_that_says_why()
    {
        Assert.Contains("the data has no rows", Assert.Throws<InvalidOperationException>(() => Evaluate()).Message);
        Assert.Contains("each of the 1 rows", Assert.Throws<InvalidOperationException>(() => Evaluate(new Pair([float.NaN, 0], [0, 0]))).Message);
    }

    [Fact]
    public void Cross_validation_needs_two_folds() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        _ml.SecondOrder().CrossValidateMultiOutputRegression(View(), _ml.Regression.Trainers.NeuralNetwork(), numberOfFolds: 1));

    private string Fails(IDataView data, string label, string score) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.SecondOrder().EvaluateMultiOutputRegression(data, label, score)).Message;

    private MultiOutputRegressionMetrics Evaluate(params Pair[] rows) => _ml.SecondOrder().EvaluateMultiOutputRegression(View(rows));

    private IDataView View(params Pair[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private sealed class Pair(float[] label, float[] score)
    {
        [VectorType(2)]
        public float[] Label { get; set; } = label;

        [VectorType(2)]
        public float[] Score { get; set; } = score;

        public Pair()
            : this([], [])
        {
        }
    }

    private sealed class Single
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }
}
