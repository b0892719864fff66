using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Reporting;

namespace Microsoft.ML.SecondOrder.Tests.Reporting;

public sealed class FiguresTests
{
    private const double SameFormula = 1e-6; // single precision in ML.NET's tallies
    private static readonly MLContext _ml = new(1);

    [Fact]
    public void Numbers_are_judged_as_by_ml_net()
    {
        var random = new Random(3);
        var rows = Enumerable.Range(0, 200).Select(_ => new Number { Label = random.NextSingle(), Score = random.NextSingle() }).ToList();

        var ours = RegressionFigures.Of(new TargetEvaluation("y", [.. rows.Select(r => r.Label)], [.. rows.Select(r => r.Score)]));

        var theirs = _ml.Regression.Evaluate(_ml.Data.LoadFromEnumerable(rows));
        Assert.Equal(theirs.RSquared, ours.RSquared, SameFormula);
        Assert.Equal(theirs.MeanAbsoluteError, ours.MeanAbsoluteError, SameFormula);
        Assert.Equal(theirs.RootMeanSquaredError, ours.RootMeanSquaredError, SameFormula);
    }

    [Fact]
    public void Two_classes_are_judged_as_by_ml_net()
    {
        var random = new Random(4);
        var rows = Enumerable.Range(0, 300)
            .Select(_ => (Label: random.Next(3) == 0, Probability: MathF.Round(random.NextSingle(), 1)))
            .Select(r => new Truth { Label = r.Label, Probability = r.Probability, Score = r.Probability - 0.5f, PredictedLabel = r.Probability > 0.5f })
            .ToList();

        var ours = ClassFigures.Of(new ClassEvaluation(["false", "true"], [.. rows.Select(r => r.Label ? 1 : 0)], [.. rows.Select(r => new[] { 1 - r.Probability, r.Probability })])
        {
            SkippedRows = 0,
            IsBinary = true,
        });

        var theirs = _ml.BinaryClassification.Evaluate(_ml.Data.LoadFromEnumerable(rows));
        Assert.Equal(theirs.Accuracy, ours.Accuracy, SameFormula);
        Assert.Equal(theirs.AreaUnderRocCurve, ours.AreaUnderRocCurve, SameFormula);
        Assert.Equal(theirs.ConfusionMatrix.Counts[0][1], ours.Confusion[1, 0]); // ML.NET lists true first
    }

    [Fact]
    public void Three_classes_are_judged_by_hand()
    {
        var rows = new ClassEvaluation(["a", "b", "c"], [0, 0, 1, 2], [[0.8f, 0.1f, 0.1f], [0.3f, 0.6f, 0.1f], [0.25f, 0.5f, 0.25f], [0, 0, 1]]) { SkippedRows = 0 };

        var figures = ClassFigures.Of(rows);

        Assert.Equal(0.75, figures.Accuracy);
        Assert.Equal((0.5 + 1 + 1) / 3, figures.MacroAccuracy, 1e-12);
        Assert.Equal(-(Math.Log(0.8) + Math.Log(0.3) + Math.Log(0.5)) / 4, figures.CrossEntropy, 1e-7);
        Assert.Equal([1, 1, 0, 0, 1, 0, 0, 0, 1], figures.Confusion.Cast<int>());
        Assert.Equal(0.5, ClassFigures.Precision(figures.Confusion, 1));
        Assert.True(double.IsNaN(figures.AreaUnderRocCurve));
    }

    [Fact]
    public void Calibration_compares_what_was_promised_with_what_came()
    {
        float[][] probabilities = [[0.25f, 0.75f], [0.25f, 0.75f], [0.25f, 0.75f], [0.25f, 0.75f], [1, 0], [0, 1]];
        var rows = new ClassEvaluation(["no", "yes"], [1, 1, 0, 0, 0, 1], probabilities) { SkippedRows = 0, IsBinary = true };

        var calibration = Calibration.Of(rows);

        Assert.Equal([new(1, 0, 0), new(4, 0.75, 0.5), new(1, 1, 1)], calibration.Bins);
        Assert.Equal(4 / 6.0 * 0.25, calibration.ExpectedError, 1e-12);
    }

    public sealed class Number
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }

    public sealed class Truth
    {
        public bool Label { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
