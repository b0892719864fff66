using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Preconditioners;
using Microsoft.ML.SecondOrder.Tests.Catalog;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class CheckpointTests
{
    public static TheoryData<string> Variants => ["plain", "singd", "ekfac", "validation", "steps", "stream", "micro", "frozen"];

    [Theory]
    [MemberData(nameof(Variants))]
    public void An_interrupted_training_goes_on_to_the_same_bits(string variant)
    {
        using var folder = new TemporaryFolder();
        var whole = Fit(variant, folder: null, int.MaxValue);

        Assert.Throws<TimeoutException>(() => Fit(variant, folder.File("state"), 3));
        Assert.Single(Directory.GetFiles(folder.File("state")));
        Assert.Throws<TimeoutException>(() => Fit(variant, folder.File("state"), 5));
        var resumed = Fit(variant, folder.File("state"), int.MaxValue);

        Assert.Equal(Bits(whole), Bits(resumed));
        Assert.Equal(whole.History.Select(m => m.TrainingLoss), resumed.History.Select(m => m.TrainingLoss));
        Assert.Equal(whole.Summary.BestEpoch, resumed.Summary.BestEpoch);
        Assert.Empty(Directory.GetFiles(folder.File("state")));
    }

    [Fact]
    public void Another_training_in_the_same_folder_is_refused_with_what_differs()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<TimeoutException>(() => Fit("plain", folder.File("state"), 3));

        var error = Assert.Throws<InvalidOperationException>(() => Fit("singd", folder.File("state"), 3));

        Assert.Contains("optimizer is 'SingdOptions", error.Message);
        Assert.Contains("delete the file", error.Message);
    }

    [Fact]
    public void A_damaged_file_is_an_error_that_says_what_to_do()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<TimeoutException>(() => Fit("plain", folder.File("state"), 3));
        var path = Directory.GetFiles(folder.File("state")).Single();
        var bytes = File.ReadAllBytes(path);

        foreach (var length in new[] { 0, 5, 19, 20, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Contains("Delete the file", Assert.Throws<FormatException>(() => Fit("plain", folder.File("state"), 3)).Message);
        }

        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, changed);
            Assert.Contains("Delete the file", Assert.Throws<FormatException>(() => Fit("plain", folder.File("state"), 3)).Message);
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_an_error_at_once()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("file");
        File.WriteAllText(file, "");

        Assert.Contains("CheckpointFolder", Assert.Throws<IOException>(() => Fit("plain", file, 3)).Message);
    }

    internal static int[] Bits(FittedNetwork network) => [.. network.Weights.SelectMany(w => w.Values).Select(BitConverter.SingleToInt32Bits)];

    private static FittedNetwork Fit(string variant, string? folder, int interruptAfter)
    {
        var ml = new MLContext(seed: 1);
        return TrainingControlTests.Trainer(ml, o =>
        {
            o.MaximumNumberOfEpochs = 8;
            o.BatchSize = 30;
            o.CheckpointFolder = folder;
            o.CheckpointEpochs = folder is null ? null : 2;
            o.MetricsCallback = m =>
            {
                if (m.Epoch == interruptAfter)
                {
                    throw new TimeoutException();
                }
            };
            switch (variant)
            {
                case "singd":
                    o.Optimizer = new SingdOptions { Damping = 0.01, ScaledStart = true, NormalizeFactorStep = true };
                    break;
                case "ekfac":
                    o.Optimizer = new EkfacOptions { Damping = 0.1 };
                    break;
                case "validation":
                    o.EarlyStopping = new EarlyStopping { Patience = 20 };
                    break;
                case "steps":
                    o.CheckpointEpochs = null;
                    o.CheckpointInterval = folder is null ? null : TimeSpan.FromTicks(1);
                    break;
                case "stream":
                    o.MemoryBudget = 50 * 7 * sizeof(float);
                    break;
                case "micro":
                    o.MicroBatchSize = 8;
                    break;
                case "frozen":
                    o.FrozenParameters = ["hidden1"];
                    break;
            }
        }).Fit(Examples.View(ml, 150)).Model;
    }
}
