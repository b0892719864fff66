using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class BatchesTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    [InlineData(1)]
    public void An_epoch_hands_out_every_row_once_with_its_label_and_weight(int? microBatchSize)
    {
        using var scope = torch.NewDisposeScope();
        var plan = TrainingPlanTests.Plan(11, 3, 1) with { MicroBatchSize = microBatchSize };
        using var batches = new Batches(plan, Source(Rows(11, weighted: true)), LearningTask.Of(NetworkTask.Regression), torch.CPU);
        batches.Begin(1, 0);

        var seen = new List<(float, float, float, float)>();
        for (var b = 0; b < 3; b++)
        {
            batches.Read(b);
            var shares = 0.0;
            for (var p = 0; p < batches.Parts; p++)
            {
                var (x, y, w, first, count, share) = batches.Part(p);
                shares += share;
                Assert.Equal([count, 2], x.shape);
                Assert.Equal([count, 1], y.shape);
                Assert.InRange(count, 1, microBatchSize ?? 4);
                var (features, labels, weights) = (Numbers(x), Numbers(y), Numbers(w!));
                for (var i = 0; i < count; i++)
                {
                    seen.Add((features[2 * i], features[2 * i + 1], labels[i], weights[i]));
                    Assert.Equal(labels[i], batches.TargetValues(first, count)[i]);
                }
            }

            Assert.Equal(1, shares, 1e-12);
        }

        Assert.Equal(Enumerable.Range(0, 11).Select(i => ((float)i, -(float)i, 100f + i, 1f + i)), seen.Order());
        Assert.NotEqual(Enumerable.Range(0, 11).Select(i => (float)i), seen.Select(s => s.Item1));
    }

    // Rows 0 to 4 have the weights 1 to 5; parts of 2 and 3 rows.
    [Fact]
    public void A_part_counts_by_the_weight_of_its_rows()
    {
        using var scope = torch.NewDisposeScope();
        var plan = TrainingPlanTests.Plan(5, 1, 1) with { MicroBatchSize = 3 };
        using var batches = new Batches(plan, Source(Rows(5, weighted: true)), LearningTask.Of(NetworkTask.Regression), torch.CPU);
        batches.Begin(1, 0);
        batches.Read(0);

        var first = batches.Part(0);

        Assert.Equal(2, first.Rows);
        Assert.Equal(Numbers(first.Weights!).Sum() / 15.0, first.Share, 1e-12);
    }

    [Fact]
    public void Classes_become_whole_numbers()
    {
        using var scope = torch.NewDisposeScope();
        var plan = TrainingPlanTests.Plan(4, 1, 1);
        using var batches = new Batches(plan, Source(Rows(4, weighted: false)), LearningTask.Of(NetworkTask.MulticlassClassification), torch.CPU);
        batches.Begin(1, 0);
        batches.Read(0);

        var (_, y, w, _, _, _) = batches.Part(0);

        Assert.Null(w);
        Assert.Equal([4L], y.shape);
        Assert.Equal(torch.int64, y.dtype);
        Assert.Equal([100L, 101, 102, 103], MemoryMarshal.Cast<byte, long>(y.bytes).ToArray().Order());
    }

    [Fact]
    public void Orders_differ_by_epoch_and_repeat_by_seed()
    {
        var first = Orders(1);

        Assert.NotEqual(first[0], first[1]);
        Assert.Equal(first, Orders(1));
        Assert.NotEqual(first, Orders(2));
    }

    [Fact]
    public void An_epoch_may_begin_in_its_middle()
    {
        var whole = Labels(1, 0);

        Assert.Equal(whole[4..], Labels(1, 1));

        static float[] Labels(int epoch, int from)
        {
            using var scope = torch.NewDisposeScope();
            using var batches = new Batches(
                TrainingPlanTests.Plan(20, 5, 1), Source(Rows(20, weighted: false)), LearningTask.Of(NetworkTask.Regression), torch.CPU);
            batches.Begin(epoch, from);
            var labels = new List<float>();
            for (var b = from; b < 5; b++)
            {
                batches.Read(b);
                labels.AddRange(batches.TargetValues(0, batches.Rows));
            }

            return [.. labels];
        }
    }

    [Fact]
    public void They_leave_no_tensor_behind() => Leak.None(() =>
    {
        using var batches = new Batches(TrainingPlanTests.Plan(9, 2, 1), Source(Rows(9, weighted: true)), LearningTask.Of(NetworkTask.Regression), torch.CPU);
        using var scope = torch.NewDisposeScope();
        batches.Begin(1, 0);
        batches.Read(0);
        batches.Part(0);
        batches.Read(1);
        batches.Part(0);
    });

    internal static TrainingRows Rows(int count, bool weighted)
    {
        var features = new FloatRows(2);
        for (var i = 0; i < count; i++)
        {
            new float[] { i, -i }.CopyTo(features.Add());
        }

        return new TrainingRows(
            features,
            [.. Enumerable.Range(0, count).Select(i => 100f + i)],
            weighted ? [.. Enumerable.Range(0, count).Select(i => 1f + i)] : []);
    }

    private static List<string> Orders(int seed)
    {
        var source = Source(Rows(20, weighted: false), seed);
        return [.. Enumerable.Range(1, 2).Select(epoch =>
        {
            source.Begin(epoch);
            var (row, label) = (new float[2], new float[1]);
            return string.Join(' ', Enumerable.Range(0, 20).Select(_ =>
            {
                source.Next(row, label);
                return label[0];
            }));
        })];
    }

    private static MemoryRows Source(TrainingRows rows, int seed = 1) => new(rows, seed);

    private static float[] Numbers(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes).ToArray();
}
