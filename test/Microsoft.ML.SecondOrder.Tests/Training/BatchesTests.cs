using System.Runtime.InteropServices;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class BatchesTests
{
    [Fact]
    public void An_epoch_hands_out_every_row_once_with_its_label_and_weight()
    {
        using var scope = torch.NewDisposeScope();
        var plan = TrainingPlanTests.Plan(11, 3, 1);
        using var batches = new Batches(plan, Rows(11, weighted: true), LearningTask.Of(NetworkTask.Regression), torch.CPU, new Random(1));
        batches.Shuffle();

        var seen = new List<(float, float, float, float)>();
        for (var b = 0; b < 3; b++)
        {
            var (x, y, w, count) = batches.Fill(b);
            Assert.Equal([count, 2], x.shape);
            Assert.Equal([count, 1], y.shape);
            var (features, labels, weights) = (Numbers(x), Numbers(y), Numbers(w!));
            for (var i = 0; i < count; i++)
            {
                seen.Add((features[2 * i], features[2 * i + 1], labels[i], weights[i]));
                Assert.Equal(labels[i], batches.TargetValues[i]);
            }
        }

        Assert.Equal(Enumerable.Range(0, 11).Select(i => ((float)i, -(float)i, 100f + i, 1f + i)), seen.Order());
        Assert.NotEqual(Enumerable.Range(0, 11).Select(i => (float)i), seen.Select(s => s.Item1));
    }

    [Fact]
    public void Classes_become_whole_numbers()
    {
        using var scope = torch.NewDisposeScope();
        var plan = TrainingPlanTests.Plan(4, 1, 1);
        using var batches = new Batches(plan, Rows(4, weighted: false), LearningTask.Of(NetworkTask.MulticlassClassification), torch.CPU, new Random(1));

        var (_, y, w, _) = batches.Fill(0);

        Assert.Null(w);
        Assert.Equal([4L], y.shape);
        Assert.Equal(torch.int64, y.dtype);
        Assert.Equal([100L, 101, 102, 103], MemoryMarshal.Cast<byte, long>(y.bytes).ToArray());
    }

    [Fact]
    public void Orders_differ_by_epoch_and_repeat_by_seed()
    {
        List<string> Orders(int seed)
        {
            using var scope = torch.NewDisposeScope();
            var plan = TrainingPlanTests.Plan(20, 1, 1);
            using var batches = new Batches(plan, Rows(20, weighted: false), LearningTask.Of(NetworkTask.Regression), torch.CPU, new Random(seed));
            var orders = new List<string>();
            for (var epoch = 0; epoch < 2; epoch++)
            {
                batches.Shuffle();
                batches.Fill(0);
                orders.Add(string.Join(' ', batches.TargetValues.ToArray()));
            }

            return orders;
        }

        var first = Orders(1);

        Assert.NotEqual(first[0], first[1]);
        Assert.Equal(first, Orders(1));
        Assert.NotEqual(first, Orders(2));
    }

    [Fact]
    public void They_leave_no_tensor_behind() => Leak.None(() =>
    {
        using var batches = new Batches(
            TrainingPlanTests.Plan(9, 2, 1), Rows(9, weighted: true), LearningTask.Of(NetworkTask.Regression), torch.CPU, new Random(1));
        using var scope = torch.NewDisposeScope();
        batches.Fill(0);
        batches.Fill(1);
    });

    private static float[] Numbers(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes).ToArray();

    private static TrainingRows Rows(int count, bool weighted)
    {
        var features = new FloatRows(2);
        for (var i = 0; i < count; i++)
        {
            new float[] { i, -i }.CopyTo(features.Add());
        }

        return new TrainingRows(
            features,
            [.. Enumerable.Range(0, count).Select(i => 100f + i)],
            weighted ? [.. Enumerable.Range(0, count).Select(i => 1f + i)] : [],
            0);
    }
}
