using Microsoft.ML.Data;
using Microsoft.ML.SecondOrder.MarginalLikelihood;
using Microsoft.ML.SecondOrder.Networks;
using Microsoft.ML.SecondOrder.Scoring;
using Microsoft.ML.SecondOrder.Tests.Support;
using Microsoft.ML.SecondOrder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.SecondOrder.Tests.Training;

public sealed class BestLookTests
{
    [Fact]
    public void The_mean_of_highest_evidence_is_kept_from_the_third_look_on()
    {
        using var network = nn.Linear(2, 1);
        using var best = new BestLook(network);
        void Look(int look, float[] weights, double logEvidence, bool isLast = false)
        {
            foreach (var weight in weights)
            {
                Set(network, weight);
                best.Add();
            }

            best.Measure(look, isLast, Found(look + 1), () => logEvidence);
        }

        Look(0, [7], 100);
        Look(1, [7], 100);
        Look(2, [1, 3], -8);
        Look(3, [4, 8, 9], -3);
        Look(4, [5], -4);

        Assert.Equal((-3, Found(4)), (best.State.LogEvidence, best.State.Found));
        Assert.Equal([7f, 7f, 7f], best.State.Weights.SelectMany(w => w.Values));
        Assert.Equal(5, network.weight.data<float>()[0]);

        Look(5, [6], -2, isLast: true);

        Assert.Null(best.State.Found);
        Assert.Empty(best.State.Weights);
    }

    [Fact]
    public void Weights_that_are_not_finite_spoil_no_later_mean()
    {
        using var network = nn.Linear(2, 1);
        using var best = new BestLook(network);
        foreach (var (look, weight) in new[] { (2, float.NaN), (3, 1f) })
        {
            Set(network, weight);
            best.Add();
            best.Measure(look, false, Found(1), () => network.weight.sum().ToDouble());
        }

        Assert.Equal([1f, 1f, 1f], best.State.Weights.SelectMany(w => w.Values));
    }

    [Fact]
    public void A_mean_goes_on_where_it_was_left()
    {
        using var network = nn.Linear(2, 1);
        using var one = new BestLook(network);
        using var other = new BestLook(network);
        foreach (var weight in new[] { 1f, 2f, 6f })
        {
            Set(network, weight);
            one.Add();
        }

        other.State = one.State;
        Set(network, 11);
        other.Add();
        other.Measure(2, false, Found(1), () => 0);

        Assert.Equal([5f, 5f, 5f], other.State.Weights.SelectMany(w => w.Values));
    }

    [Fact]
    public void Few_rows_of_doubtful_classes_keep_an_earlier_state_and_others_the_last()
    {
        bool KeepsLast(int rows, Action<NeuralNetworkBinaryTrainer.Options>? more = null)
        {
            var model = Fit(rows, more).Model;
            return model.Origin!.HyperParameters!.Precisions[0] == (model.History[^1].PriorPrecision ?? model.History[^1].WeightDecay);
        }

        Assert.False(KeepsLast(100));
        Assert.True(KeepsLast(500));
        Assert.True(KeepsLast(100, o => o.ValidationSetFraction = 0.2));
        Assert.True(KeepsLast(100, o => o.Regularization = Regularization.MarginalLikelihood(PriorPrecision.Curvature)));
    }

    [Fact]
    public void Training_that_was_interrupted_keeps_the_same_weights()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        float[] Weights(NeuralNetworkPredictionTransformer model) => [.. model.Model.Weights.SelectMany(w => w.Values)];
        void Saving(NeuralNetworkBinaryTrainer.Options options) => (options.CheckpointFolder, options.CheckpointEpochs) = (folder.File("state"), 1);

        Assert.Throws<OperationCanceledException>(() => Fit(100, o =>
        {
            Saving(o);
            o.CancellationToken = stop.Token;
            o.MetricsCallback = m =>
            {
                if (m.Epoch == 60)
                {
                    stop.Cancel();
                }
            };
        }));

        Assert.Equal(Weights(Fit(100)), Weights(Fit(100, Saving)));
    }

    [Fact]
    public void Keeping_weights_leaves_no_tensor_behind() => Leak.None(() => Fit(60, o => o.MaximumNumberOfEpochs = 20));

    private static HyperParameters Found(double precision) => new(PriorPrecision.Shared, [precision]);

    private static void Set(TorchSharp.Modules.Linear network, float value)
    {
        using var gradMode = no_grad();
        network.weight.fill_(value);
        network.bias!.fill_(value);
    }

    /// <summary>True or false, four in ten labels by chance.</summary>
    private static NeuralNetworkPredictionTransformer Fit(int count, Action<NeuralNetworkBinaryTrainer.Options>? more = null)
    {
        var random = new Random(3);
        var rows = Enumerable.Range(0, count).Select(_ =>
        {
            var x = Enumerable.Range(0, 4).Select(_ => (float)(2 * random.NextDouble() - 1)).ToArray();
            return new Row { Features = x, Label = random.NextDouble() < 0.4 ? random.Next(2) == 0 : x[0] > 0 };
        }).ToList();
        var options = new NeuralNetworkBinaryTrainer.Options
        {
            Network = Network.Mlp(16, 16), Regularization = Regularization.MarginalLikelihood(), Calibration = ProbabilityCalibration.None,
        };
        more?.Invoke(options);
        var ml = new MLContext(1);
        return ml.BinaryClassification.Trainers.NeuralNetwork(options).Fit(ml.Data.LoadFromEnumerable(rows));
    }

    private sealed class Row
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}
