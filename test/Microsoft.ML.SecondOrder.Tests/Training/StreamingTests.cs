using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

/// <summary>Data above the memory budget, and data with gaps.</summary>
public sealed class StreamingTests
{
    private const int RowBytes = 7 * sizeof(float);

    [Fact]
    public void Rows_beyond_the_budget_are_read_anew_each_epoch_and_learned_from()
    {
        var ml = new MLContext(seed: 1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.RawMessage);
        var data = Examples.View(ml, 1000);

        var model = TrainingControlTests.Trainer(ml, o =>
        {
            o.MemoryBudget = 200 * RowBytes;
            o.ValidationSetFraction = 0.1;
            o.MaximumNumberOfEpochs = 15;
        }).Fit(data);

        Assert.InRange(model.Model.Summary.Rows, 850, 950);
        Assert.InRange(model.Model.Summary.ValidationRows, 5, 40);
        Assert.Contains(lines, l => l.Contains("read anew each epoch, through a buffer of 200 rows", StringComparison.Ordinal));
        Assert.InRange(ml.Regression.Evaluate(model.Transform(data), "Number").RSquared, 0.9, 1);
    }

    [Fact]
    public void A_streamed_epoch_hands_out_every_row_once_in_another_order()
    {
        var ml = new MLContext(seed: 1);
        var data = Examples.View(ml, 300);
        var task = LearningTask.Of(NetworkTask.Regression);
        var roles = new ColumnRoles("Number", new FeatureRoles(["Features"]), null);
        RowCursor Open() => new(data, roles, task, false, new Cancellation(Host(ml), default));
        var scaling = new RowScaling(new FeatureScaling([0, 0, 0, 0, 0], [1, 1, 1, 1, 1]), [TargetScaling.None], []);
        using var rows = new StreamedRows(Open, scaling, new HoldOut(0, 1), 300, (5, 1), false, 50, seed: 1);

        float[] Epoch(int epoch)
        {
            rows.Begin(epoch);
            var (row, label) = (new float[5], new float[1]);
            return [.. Enumerable.Range(0, 300).Select(_ =>
            {
                rows.Next(row, label);
                return label[0];
            })];
        }

        var (first, second) = (Epoch(1), Epoch(2));

        var expected = data.GetColumn<float>("Number").Order();
        Assert.Equal(expected, first.Order());
        Assert.Equal(expected, second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first, Epoch(1));
        Assert.Throws<InvalidOperationException>(() => rows.Next(new float[5], new float[1]));
    }

    [Theory]
    [InlineData(MissingFeatures.ImputeMedian)]
    [InlineData(MissingFeatures.ImputeMean)]
    public void Gaps_are_filled_and_told_to_the_network(MissingFeatures kind)
    {
        var ml = new MLContext(seed: 1);
        var rows = Examples.List(400);
        foreach (var row in rows.Where(r => r.Id % 3 == 0))
        {
            // What is missing matters: the label says so.
            row.Features[2] = float.NaN;
            row.Number += 50;
        }

        var data = ml.Data.LoadFromEnumerable(rows);
        var model = TrainingControlTests.Trainer(ml, o =>
        {
            o.MissingFeatures = kind;
            o.MaximumNumberOfEpochs = 20;
        }).Fit(data);

        Assert.Equal((400, 0, 134), (model.Model.Summary.Rows, model.Model.Summary.SkippedRows, model.Model.Summary.FilledRows));
        Assert.Equal(6, model.Model.Shape.Inputs);
        Assert.InRange(ml.Regression.Evaluate(model.Transform(data), "Number").RSquared, 0.95, 1);
        using var stream = new MemoryStream();
        ml.Model.Save(model, data.Schema, stream);
        var loaded = new MLContext().Model.Load(stream, out _);
        Assert.Equal(Scores.Of(model.Transform(data)), Scores.Of(loaded.Transform(data)));
        rows[1].Features[0] = float.PositiveInfinity;
        Assert.All(model.Transform(ml.Data.LoadFromEnumerable(rows)).GetColumn<float>("Score"), s => Assert.True(float.IsFinite(s)));
    }

    // Columns: 1, 3, NaN, 8 with median 3 and mean 4; and one without gaps.
    [Fact]
    public void Medians_and_means_leave_gaps_out()
    {
        var rows = new FloatRows(2);
        foreach (var value in new[] { 1, 3, float.NaN, 8 })
        {
            new[] { value, 5 }.CopyTo(rows.Add());
        }

        var median = Imputation.Fit(rows, MissingFeatures.ImputeMedian);
        var inputs = new float[3];
        new FeatureScaling([1, 0], [2, 1]) { Missing = median }.Apply([float.NaN, 7], inputs);

        Assert.Equal([3.0, 5], median.Values);
        Assert.Equal([0], median.Indicators);
        Assert.Equal(4.0, Imputation.Fit(rows, MissingFeatures.ImputeMean).Values[0]);
        Assert.Equal([4f, 7, 1], inputs);
    }

    private static Microsoft.ML.Runtime.IHost Host(MLContext ml) => ((Microsoft.ML.Runtime.IHostEnvironment)ml).Register("test");
}
